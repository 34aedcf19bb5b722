// The elements of Block Kit that act at once: buttons, menus, and selects and lists outside
// of input blocks.
import { element } from "./dom.js";
import { confirmed } from "./confirm.js";
import { chosenIn, control, named } from "./fields.js";
import { opensMenu } from "./menu.js";
import { textObject } from "./mrkdwn.js";
import { choices, initially } from "./options.js";
import { follow } from "./portal.js";
import { redraw } from "./world.js";

const picked = new Map(); // what was chosen in selects, by place, block and action

// live draws an element, which tells the app what is done with it.
export function live(e, b, where) {
  switch (e.type) {
    case "button": return element("button", {
      type: "button", class: e.style, "data-action": e.action_id, "data-leads": e.url && "out", "aria-label": e.accessibility_label,
      "data-value": e.value, onclick: () => press(where, e, [], e.url),
    }, textObject(e.text));
    case "overflow": return menu(e, where);
    case "static_select": case "users_select": case "conversations_select": case "channels_select": return select(e, b, where);
  }
  const box = control(e, named(b, e), e.placeholder?.text ?? "Choose");
  box.addEventListener("change", () => press(where, e, chosenIn(box)));
  return box;
}

// press asks first, if the app wants that, then tells the app and follows the button's link.
async function press(where, e, chosen, url) {
  if (e.confirm && !(await confirmed(e.confirm))) return false;
  where.press(e, chosen);
  if (url) follow(url);
  return true;
}

const entries = (e, value) => choices(e).map((o) => ({
  ...o, text: textObject(o.text), note: o.note && textObject(o.note), checked: value === undefined ? undefined : o.value === value,
}));

function menu(e, where) {
  const dots = element("button", { type: "button", class: "dots", "data-action": e.action_id, "aria-label": "More" }, "⋯");
  return opensMenu(dots, () => entries(e), (o) => press(where, e, [o.value], o.url));
}

function select(e, b, where) {
  const key = [where.key, b.block_id, e.action_id].join(" ");
  const value = picked.get(key) ?? initially(e);
  const now = choices(e).find((o) => o.value === value);
  const name = e.placeholder?.text ?? "Choose";
  const shown = element("button", { type: "button", class: "select", "data-action": e.action_id, "aria-label": now && `${name}: ${now.text.text}` }, now ? textObject(now.text) : name);
  return opensMenu(shown, () => entries(e, value), async (o) => {
    if (!(await press(where, e, [o.value]))) return;
    picked.set(key, o.value);
    redraw();
  });
}
