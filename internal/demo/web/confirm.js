// The question that Slack asks before a button acts, if the app wants one.
import { $, element } from "./dom.js";
import { textObject } from "./mrkdwn.js";

// confirmed asks, and reports whether the answer was yes.
export function confirmed(question) {
  const dialog = $("#confirm");
  return new Promise((answer) => {
    dialog.returnValue = "";
    dialog.replaceChildren(element("form", { method: "dialog" },
      element("h2", { id: "confirm-title" }, textObject(question.title)),
      element("p", {}, textObject(question.text)),
      element("footer", {},
        element("button", { value: "" }, textObject(question.deny)),
        element("button", { value: "yes", class: question.style ?? "primary", id: "confirm-yes" }, textObject(question.confirm)))));
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
  });
}
