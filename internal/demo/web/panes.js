// On a phone one pane shows at a time.
import { $, $$ } from "./dom.js";
import { redraw } from "./world.js";

export function showPane(name) {
  $("main").dataset.pane = name;
  for (const b of $$("#panes button")) {
    const on = b.dataset.pane === name;
    b.setAttribute("aria-pressed", on);
    if (on) b.classList.remove("news");
  }
  redraw(); // the tour points at what shows
}

// news marks a hidden pane in which something happened.
export function news(name) {
  if ($("main").dataset.pane !== name) $(`#panes [data-pane=${name}]`).classList.add("news");
}

export function startPanes() {
  for (const b of $$("#panes button")) b.addEventListener("click", () => showPane(b.dataset.pane));
}
