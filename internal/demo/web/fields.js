// Input blocks and their controls. A control is named after its block and its action, so that what was
// typed is kept when the view changes.
import { element } from "./dom.js";
import { textObject } from "./mrkdwn.js";
import { choices, initially } from "./options.js";
import { choicesOf, suggest } from "./world.js";

export const named = (b, e) => ({ name: `${b.block_id} ${e.action_id}`, "data-block": b.block_id, "data-action": e.action_id });

// field draws an input with its label, hint and error.
export function field(b, where) {
  const id = (where.prefix ?? "") + "field-" + b.block_id;
  const error = where.errors?.[b.block_id];
  const label = b.label.text + (b.optional ? " (optional)" : "");
  const input = control(asked(b, where), {
    id, ...named(b, b.element), "aria-invalid": error && "true", "aria-required": b.optional ? undefined : "true",
    "aria-describedby": [b.hint && id + "-hint", error && id + "-error"].filter(Boolean).join(" ") || undefined,
    "data-first": b.element.focus_on_load === true,
  }, label);
  if (b.dispatch_action) dispatch(input, b.element, where);
  return element("div", { class: "field" },
    input.tagName !== "FIELDSET" && element("label", { for: id }, label), b.element.type === "external_select" && search(b, where, input, label), input,
    error && element("div", { class: "error", id: id + "-error" }, error),
    b.hint && element("div", { class: "hint", id: id + "-hint" }, b.hint.text));
}

// asked returns a block's element, with the options that the app has for it if Slack is to ask.
function asked(b, where) {
  if (b.element.type !== "external_select") return b.element;
  const plain = (text) => text ? { type: "plain_text", text, emoji: false } : undefined;
  const first = b.element.initial_option;
  const options = choicesOf(where.key, b.block_id, b.element.action_id).map((o) => ({ value: o.value, text: plain(o.note ? `${o.text} (${o.note})` : o.text) }));
  return { ...b.element, options: [...(first && !options.some((o) => o.value === first.value) ? [first] : []), ...options] };
}

let pausing; // until the app is asked for what was typed

// search draws what one types into to have the app suggest options. Slack has it in the select itself, which HTML can't.
function search(b, where, select, label) {
  const ask = (e) => suggest(where.key, b.block_id, b.element.action_id, e.target.value, select.value);
  return element("input", {
    type: "search", name: select.id + "-search", id: select.id + "-search", placeholder: "Type to search", "aria-label": "Search: " + label,
    oninput: (e) => { clearTimeout(pausing); pausing = setTimeout(ask, 300, e); },
    form: "", // Enter doesn't submit the dialog here
  });
}

// dispatch sends a value to the app at once, or a text when Enter is pressed.
function dispatch(input, e, where) {
  const tell = () => where.press(e, chosenIn(input));
  if (!/_input$/.test(e.type)) input.addEventListener("change", tell);
  else input.addEventListener("keydown", (k) => {
    if (k.key !== "Enter" || e.multiline) return;
    k.preventDefault();
    tell();
  });
}

const kinds = { email_text_input: "email", url_text_input: "url", number_input: "number", datepicker: "date", timepicker: "time" };

// control draws what takes the value. Several choices are a fieldset, with the label as its legend.
export function control(e, attributes, label) {
  const first = initially(e);
  if (/^multi_(static|users|conv|channels)|^checkboxes$/.test(e.type)) return boxes(e, attributes, label, "checkbox", first);
  if (e.type === "radio_buttons") return boxes(e, attributes, label, "radio", [first]);
  if (/^(static|external|users|conversations|channels)_select$/.test(e.type)) return select(e, attributes, first);
  if (!attributes.id) attributes = { ...attributes, "aria-label": label }; // it stands without a label
  const placeholder = e.placeholder?.text;
  const input = e.multiline
    ? element("textarea", { ...attributes, placeholder, maxlength: e.max_length, rows: "3" })
    : element("input", {
      ...attributes, placeholder, maxlength: e.max_length, type: kinds[e.type] ?? "text",
      min: e.min_value, max: e.max_value, step: e.type === "number_input" ? (e.is_decimal_allowed ? "any" : "1") : undefined,
    });
  input.value = first;
  return input;
}

function select(e, attributes, first) {
  const options = choices(e), groups = new Map();
  for (const o of options) groups.set(o.group, [...(groups.get(o.group) ?? []), element("option", { value: o.value }, textObject(o.text))]);
  const box = element("select", attributes, element("option", { value: "" }, e.placeholder?.text ?? "Choose…"),
    ...[...groups].flatMap(([label, list]) => label ? [element("optgroup", { label }, ...list)] : list));
  box.value = first;
  return box;
}

function boxes(e, attributes, label, type, first) {
  const { name, ...others } = attributes;
  return element("fieldset", { ...others, "data-many": type, role: type === "radio" ? "radiogroup" : undefined, class: !attributes.id && "inline" },
    element("legend", {}, label),
    ...choices(e).map((o) => element("label", {},
      element("input", { type, name, value: o.value, checked: first.includes(o.value), "data-first": attributes["data-first"] }),
      element("span", {}, textObject(o.text), o.note && element("small", {}, textObject(o.note))))));
}

// valueOf returns the value of a control: a text or a list of texts.
function valueOf(control) {
  if (control.tagName !== "FIELDSET") return control.value;
  const ticked = [...control.querySelectorAll("input:checked")].map((i) => i.value);
  return control.dataset.many === "radio" ? ticked[0] ?? "" : ticked;
}

// chosenIn returns the value of a control as a list.
export const chosenIn = (control) => [valueOf(control)].flat().filter(Boolean);

// values returns the values of all controls in a view, by block and action.
export function values(root) {
  const all = {};
  for (const e of root.querySelectorAll("[data-block]")) (all[e.dataset.block] ??= {})[e.dataset.action] = valueOf(e);
  return all;
}
