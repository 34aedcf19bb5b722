// The page's only menu. It opens beside the button that was pressed.
import { arrows, element } from "./dom.js";
import { like, remember } from "./keep.js";

const menu = element("div", { id: "menu", role: "menu", popover: "auto", onkeydown: keydown, ontoggle: (e) => { if (e.newState === "closed") closed(); } });
let button = null; // whose menu is open
let opener = null; // the button, remembered: it may be drawn again meanwhile

// opensMenu makes a button open a menu. items returns its entries: a text each, and optionally a note, a
// group and checked. take is called with the chosen entry.
export function opensMenu(b, items, take) {
  let wasOpen = false; // a press outside of the menu closes it before the click comes
  b.setAttribute("aria-haspopup", "menu");
  b.addEventListener("pointerdown", () => { wasOpen = button === b; });
  b.addEventListener("click", () => { if (!wasOpen) open(b, items(), take); wasOpen = false; });
  b.addEventListener("keydown", (e) => {
    if (e.key !== "ArrowDown" && e.key !== "ArrowUp") return;
    e.preventDefault();
    open(b, items(), take, e.key === "ArrowUp");
  });
  return b;
}

function open(b, items, take, atEnd) {
  if (menu.matches(":popover-open")) menu.hidePopover();
  menu.replaceChildren(...items.flatMap((item, i) => [
    item.group && item.group !== items[i - 1]?.group && element("p", { role: "presentation" }, item.group),
    element("button", {
      role: item.checked === undefined ? "menuitem" : "menuitemradio", "aria-checked": item.checked === undefined ? undefined : String(item.checked),
      tabindex: "-1", "data-item": item.value, onclick: () => { menu.hidePopover(); take(item); },
    }, element("span", {}, item.text), item.note && element("small", {}, item.note)),
  ]).filter(Boolean));
  (b.closest("dialog, section") ?? document.body).append(menu); // a dialog lets nothing work beside itself
  menu.setAttribute("aria-label", b.getAttribute("aria-label") ?? b.textContent);
  b.focus(); // which gets the focus back
  menu.showPopover();
  place(b.getBoundingClientRect());
  button = b;
  opener = remember(b);
  b.setAttribute("aria-expanded", "true");
  const all = entries();
  (all.find((e) => e.ariaChecked === "true") ?? all.at(atEnd ? -1 : 0))?.focus();
}

const entries = () => [...menu.querySelectorAll("button")];

// place puts the menu below the button, or above it if there is more room.
function place(at) {
  const below = innerHeight - at.bottom - 8, above = at.top - 8;
  const up = menu.offsetHeight > below && above > below;
  menu.style.maxHeight = Math.max(up ? above : below, 80) + "px";
  menu.style.left = Math.max(8, Math.min(at.left, innerWidth - menu.offsetWidth - 8)) + "px";
  menu.style.top = up ? Math.max(8, at.top - menu.offsetHeight - 4) + "px" : at.bottom + 4 + "px";
}

function closed() {
  button?.setAttribute("aria-expanded", "false");
  if (button && !button.isConnected && (document.activeElement === document.body || menu.contains(document.activeElement))) {
    like(document.body, opener)?.focus();
  }
  button = null;
}

function keydown(e) {
  const all = entries();
  if (arrows(e, all)) return;
  if (e.key === "Tab") menu.hidePopover(); // which gives the focus back to the button first
  else if (e.key.length === 1 && e.key !== " ") {
    const from = all.indexOf(document.activeElement) + 1;
    [...all.slice(from), ...all.slice(0, from)].find((b) => b.textContent.toLowerCase().startsWith(e.key.toLowerCase()))?.focus();
  }
}

addEventListener("resize", () => { if (menu.matches(":popover-open")) menu.hidePopover(); });
