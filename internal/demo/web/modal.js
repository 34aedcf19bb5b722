// The modal on top of somebody's stack, as a dialog of the page.
let shown = "";

export function showModal(state, { act, element }) {
  const dialog = document.querySelector("#modal");
  const view = (state.views ?? []).at(-1);
  if (!view) {
    if (dialog.open) dialog.close();
    shown = "";
    return;
  }
  const key = view.id + JSON.stringify(view.errors) + view.trouble;
  if (key === shown) return;
  const typed = shown.startsWith(view.id) ? values(dialog) : {};
  shown = key;

  const close = () => act({ do: "close", view: view.id });
  const fields = view.raw.blocks.map((b) => field(b, state, view.errors?.[b.block_id], typed[b.block_id], element));
  const form = element("form", { onsubmit: (e) => { e.preventDefault(); act({ do: "submit", view: view.id, values: values(dialog) }); } },
    element("h2", { id: "modal-title", class: "modal-title" }, view.raw.title.text),
    view.trouble ? element("p", { class: "error", role: "alert" }, "We had some trouble connecting. Try again?") : null,
    ...fields,
    element("footer", {},
      element("button", { type: "button", onclick: close }, view.raw.close?.text ?? "Cancel"),
      view.raw.submit ? element("button", { class: "primary", id: "modal-submit" }, view.raw.submit.text) : null));
  dialog.replaceChildren(form);
  dialog.oncancel = (e) => { e.preventDefault(); close(); };
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector("[aria-invalid]") ?? dialog.querySelector("select,input,textarea"))?.focus();
}

// field is an input block; other blocks show their text.
function field(b, state, error, typed, element) {
  if (b.type !== "input") return element("p", {}, b.text?.text ?? "");
  const e = b.element;
  const id = "field-" + b.block_id;
  const common = { id, "data-block": b.block_id, "data-action-id": e.action_id, "data-kind": e.type, "aria-invalid": error ? "true" : undefined };
  const before = typed?.[e.action_id];
  let input;
  switch (e.type) {
    case "static_select": {
      input = element("select", common, ...e.options.map((o) => element("option", { value: o.value }, o.text.text)));
      input.value = before ?? e.initial_option?.value ?? e.options[0]?.value;
      break;
    }
    case "multi_users_select": {
      input = element("fieldset", common, element("legend", { class: "hidden" }, b.label.text),
        ...state.users.filter((u) => u.kind !== "app").map((u) => element("label", {},
          element("input", { type: "checkbox", value: u.id, checked: (before ?? []).includes(u.id) }), " " + u.real)));
      break;
    }
    default:
      input = element(e.multiline ? "textarea" : "input", { ...common, placeholder: e.placeholder?.text, maxlength: e.max_length });
      input.value = before ?? e.initial_value ?? "";
  }
  return element("div", {},
    element("label", { for: id }, b.label.text + (b.optional ? " (optional)" : "")), input,
    b.hint ? element("div", { class: "hint" }, b.hint.text) : null,
    error ? element("div", { class: "error", role: "alert" }, error) : null);
}

function values(dialog) {
  const all = {};
  for (const e of dialog.querySelectorAll("[data-block]")) {
    const value = e.dataset.kind === "multi_users_select" ? [...e.querySelectorAll("input:checked")].map((i) => i.value) : e.value;
    (all[e.dataset.block] ??= {})[e.dataset.actionId] = value;
  }
  return all;
}
