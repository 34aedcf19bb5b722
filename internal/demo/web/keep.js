// What people must not lose when something is drawn again: what they typed, and the focus.

const focusable = "button, a[href], input, select, textarea, [tabindex]";
const ticked = (e) => e.type === "checkbox" || e.type === "radio";

// mark identifies an element within its block, also after the block is drawn again.
const mark = (e) => [e.tagName, e.dataset.action ?? (e.name || e.id || e.textContent), ticked(e) ? e.value : ""].join(" ");

// keysOf returns the keys of everything around an element, from the inside out: blocks, replies, messages.
function keysOf(e) {
  const keys = [];
  for (let outer = e.closest("[data-key]"); outer; outer = outer.parentElement.closest("[data-key]")) keys.push(outer.dataset.key);
  return keys;
}

// remember returns what is needed to find the element that takes this one's place.
export const remember = (e) => ({ mark: mark(e), keys: keysOf(e), view: e.closest("#home, dialog")?.id });

// like finds the element that took the place of a remembered one. It can't rely on the names of blocks:
// where an app gives none, Slack makes up new ones each time.
export function like(root, lost) {
  const same = [...root.querySelectorAll(focusable)].filter((e) => mark(e) === lost.mark && e.closest("#home, dialog")?.id === lost.view);
  return same.find((e) => String(keysOf(e)) === String(lost.keys)) ??
    same.find((e) => lost.view || keysOf(e).at(-1) === lost.keys.at(-1));
}

// holdFocus returns a function that gives the focus back if drawing took it away: to the element in the
// same place, or else to the part of the page where it was.
export function holdFocus(root) {
  const had = document.activeElement;
  if (!had || had === root || !root.contains(had)) return () => {};
  const lost = remember(had);
  const selection = had.selectionStart === undefined ? null : [had.selectionStart, had.selectionEnd];
  return () => {
    if (document.activeElement === had) return;
    const now = had.isConnected ? had : like(root, lost);
    (now ?? root.closest("[tabindex]") ?? root.querySelector(focusable))?.focus({ preventScroll: true });
    if (now && selection && selection[0] !== null) now.setSelectionRange(...selection);
  };
}

// keepValues copies the values of an old element's fields into the new one's, by name.
export function keepValues(old, fresh) {
  const before = [...old.querySelectorAll("[name]")];
  for (const field of fresh.querySelectorAll("[name]")) {
    const was = before.find((e) => e.name === field.name && e.type === field.type && (!ticked(e) || e.value === field.value));
    if (!was) continue;
    if (ticked(field)) field.checked = was.checked;
    else if (field.tagName !== "SELECT" || [...field.options].some((o) => o.value === was.value)) field.value = was.value;
  }
}
