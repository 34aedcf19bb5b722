// The acting person's modals. The one on top is a real dialog of the page, so the focus stays inside it.
import { $, element, patch } from "./dom.js";
import { block } from "./blocks.js";
import { values } from "./fields.js";
import { where } from "./home.js";
import { textObject } from "./mrkdwn.js";
import { act, world } from "./world.js";

const forms = new Map(); // by view, so that what is typed stays while another is on top
const closed = new Set(); // views that the person closed: a state that was asked before does not open them again

export function showModal() {
  const dialog = $("#modal"), views = (world.state.views ?? []).filter((v) => !closed.has(v.id));
  for (const id of [...forms.keys()]) if (!views.some((v) => v.id === id)) forms.delete(id);
  const view = views.at(-1);
  if (!view) {
    if (dialog.open) dialog.close();
    return;
  }
  if (!forms.has(view.id)) forms.set(view.id, newForm(view));
  const form = forms.get(view.id), came = form.parentNode !== dialog;
  if (came) dialog.replaceChildren(form);
  draw(form, view);
  dialog.oncancel = (e) => { if (e.target === dialog) { e.preventDefault(); close(view); } };
  if (!dialog.open) dialog.showModal();
  if (came) (dialog.querySelector("[data-first]") ?? dialog.querySelector("[data-part=blocks] :is(input, select, textarea, button)") ?? dialog.querySelector("footer button:last-child")).focus();
  reportErrors(form, view);
}

function close(view) {
  closed.add(view.id);
  showModal();
  return act({ do: "close", view: view.id });
}

function newForm(view) {
  const part = (name, tag = "div") => element(tag, { "data-part": name });
  const form = element("form", { novalidate: true }, element("h2", { id: "modal-title" }), part("trouble"), part("blocks"), part("buttons", "footer"));
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    if (!form.querySelector("#modal-submit") || form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    delete form.dataset.reported;
    await act({ do: "submit", view: view.id, values: values(form) });
    form.ariaBusy = "false";
  });
  return form;
}

function draw(form, view) {
  const part = (name) => form.querySelector(`[data-part=${name}]`);
  form.querySelector("h2").replaceChildren(textObject(view.raw.title));
  patch(part("trouble"), view.trouble ? [element("p", { class: "error", role: "alert" }, "We had some trouble connecting. Try again?")] : []);
  patch(part("blocks"), view.raw.blocks.map((b) => block(b, where(view, form))));
  patch(part("buttons"), [
    element("button", { type: "button", "data-key": "close", id: "modal-close", onclick: () => close(view) }, view.raw.close?.text ?? "Cancel"),
    view.raw.submit && element("button", { class: "primary", "data-key": "submit", id: "modal-submit" }, view.raw.submit.text),
  ].filter(Boolean));
}

// reportErrors moves the focus to the first input with an error, once per submission.
function reportErrors(form, view) {
  const errors = JSON.stringify(view.errors ?? {});
  if (errors === "{}" || form.dataset.reported === errors) return;
  form.dataset.reported = errors;
  const first = form.querySelector("[aria-invalid]");
  (first?.tagName === "FIELDSET" ? first.querySelector("input") : first)?.focus();
}
