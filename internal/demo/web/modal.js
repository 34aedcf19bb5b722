// The modal on top of somebody's stack, as a dialog of the page, which keeps the focus
// inside it.
import { $, element } from "./dom.js";
import { act, names, people, world } from "./world.js";
import { block, textObject } from "./blocks.js";

let shown = "";

export function showModal() {
  const dialog = $("#modal");
  const view = (world.state.views ?? []).at(-1);
  if (!view) {
    if (dialog.open) dialog.close();
    shown = "";
    return;
  }
  const key = view.id + JSON.stringify([view.raw.blocks, view.errors, view.trouble]);
  if (key === shown) return;
  const typed = shown.startsWith(view.id) ? values(dialog) : {};
  shown = key;

  const close = () => act({ do: "close", view: view.id });
  dialog.replaceChildren(element("form", { novalidate: true, onsubmit: (e) => { e.preventDefault(); act({ do: "submit", view: view.id, values: values(dialog) }); } },
    element("h2", { id: "modal-title" }, textObject(view.raw.title, names)),
    view.trouble && element("p", { class: "error", role: "alert" }, "We had some trouble connecting. Try again?"),
    ...view.raw.blocks.map((b) => field(b, view, typed[b.block_id])),
    element("footer", {},
      element("button", { type: "button", onclick: close }, view.raw.close?.text ?? "Cancel"),
      view.raw.submit && element("button", { class: "primary", id: "modal-submit" }, view.raw.submit.text))));
  dialog.oncancel = (e) => { e.preventDefault(); close(); };
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector("[aria-invalid]") ?? dialog.querySelector("select, input, textarea, button"))?.focus();
}

// field is an input with its label, hint and error; other blocks are shown as in messages.
function field(b, view, typed) {
  if (b.type !== "input") return block(b, names, (button) => act({ do: "press-view", view: view.id, action: button.action_id }));
  const id = "field-" + b.block_id;
  const error = view.errors?.[b.block_id];
  const label = b.label.text + (b.optional ? " (optional)" : "");
  const common = {
    id, "data-block": b.block_id, "data-action-id": b.element.action_id, "aria-invalid": error ? "true" : undefined,
    "aria-describedby": [b.hint && id + "-hint", error && id + "-error"].filter(Boolean).join(" ") || undefined,
  };
  const input = control(b.element, common, label, typed?.[b.element.action_id]);
  const group = input.tagName === "FIELDSET";
  return element("div", { class: "field" },
    !group && element("label", { for: id }, label), input,
    error && element("div", { class: "error", id: id + "-error", role: "alert" }, error),
    b.hint && element("div", { class: "hint", id: id + "-hint" }, b.hint.text));
}

const kinds = { email_text_input: "email", url_text_input: "url", number_input: "number", number_text_input: "number", datepicker: "date", timepicker: "time" };
const choices = (e) => (e.options ?? (e.option_groups ?? []).flatMap((g) => g.options)).map((o) => [o.value, textObject(o.text, names)]);
const everybody = () => people().map((u) => [u.id, u.real]);
const everywhere = () => world.state.channels.map((c) => [c.id, "#" + c.name]);

// control is what a value is put in; before is what stood in it when it was drawn last.
function control(e, common, label, before) {
  const first = e.initial_option?.value ?? e.initial_user ?? e.initial_conversation ?? e.initial_channel ?? e.initial_date ?? e.initial_time ?? e.initial_value;
  const firsts = e.initial_options?.map((o) => o.value) ?? e.initial_users ?? e.initial_conversations ?? e.initial_channels ?? [];
  switch (e.type) {
    case "static_select": return select(common, choices(e), e.placeholder, before ?? first);
    case "users_select": return select(common, everybody(), e.placeholder, before ?? first);
    case "conversations_select": case "channels_select": return select(common, everywhere(), e.placeholder, before ?? first);
    case "radio_buttons": return boxes(common, label, "radio", choices(e), [before ?? first].flat());
    case "checkboxes": case "multi_static_select": return boxes(common, label, "checkbox", choices(e), before ?? firsts);
    case "multi_users_select": return boxes(common, label, "checkbox", everybody(), before ?? firsts);
    case "multi_conversations_select": case "multi_channels_select": return boxes(common, label, "checkbox", everywhere(), before ?? firsts);
  }
  const attributes = { ...common, placeholder: e.placeholder?.text, maxlength: e.max_length };
  const input = e.multiline ? element("textarea", { ...attributes, rows: "3" }) : element("input", { ...attributes, type: kinds[e.type] ?? "text" });
  input.value = before ?? first ?? "";
  return input;
}

function select(common, options, placeholder, value) {
  const e = element("select", common,
    ...(value ? [] : [element("option", { value: "" }, placeholder?.text ?? "Choose…")]),
    ...options.map(([v, text]) => element("option", { value: v }, text)));
  e.value = value ?? "";
  return e;
}

function boxes(common, label, type, options, chosen) {
  return element("fieldset", { ...common, "data-many": type }, element("legend", {}, label),
    ...options.map(([v, text]) => element("label", {}, element("input", { type, name: common.id, value: v, checked: chosen.includes(v) }), element("span", {}, text))));
}

function values(dialog) {
  const all = {};
  for (const e of dialog.querySelectorAll("[data-block]")) {
    const checked = [...e.querySelectorAll("input:checked")].map((i) => i.value);
    const value = e.dataset.many === "checkbox" ? checked : e.dataset.many ? checked[0] ?? "" : e.value;
    (all[e.dataset.block] ??= {})[e.dataset.actionId] = value;
  }
  return all;
}
