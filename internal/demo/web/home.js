// The app's Home, which the app draws for each person.
import { $, element, patch, say } from "./dom.js";
import { block } from "./blocks.js";
import { values } from "./fields.js";
import { act, world } from "./world.js";

// where returns what pressing in a view does. The app also gets what is filled in around the button.
export const where = (view, root) => ({
  key: view.id, errors: view.errors,
  press: (e, chosen) => act({ do: "press", view: view.id, action: e.action_id, chosen, values: values(root) }),
});

// drawHome draws Home. The app is told when someone opens it; still is true if they have been looking at
// it already.
export function drawHome(still) {
  const { home } = world.state, root = $("#home");
  if (!still) {
    root.replaceChildren();
    act({ do: "home" });
  }
  const { came, changed } = patch(root, home ? home.raw.blocks.map((b) => block(b, { ...where(home, root), prefix: "home-" }))
    : [element("p", { class: "empty", "data-key": "empty" }, "The app has put nothing here yet.")]);
  if (still && came.length + changed.length) say("The Home has changed.");
}
