// What people must not lose when something is drawn anew: what they typed, and the focus.

const focusable = "button, a[href], input, select, textarea, [tabindex]";
const ticked = (e) => e.type === "checkbox" || e.type === "radio";

// mark tells an element from others in its block. It stays when that is drawn anew.
const mark = (e) => [e.tagName, e.dataset.action ?? (e.name || e.id || e.textContent), ticked(e) ? e.value : ""].join(" ");

// keysOf are those of what an element is in, from the inside out: blocks, replies, messages.
function keysOf(e) {
  const keys = [];
  for (let outer = e.closest("[data-key]"); outer; outer = outer.parentElement.closest("[data-key]")) keys.push(outer.dataset.key);
  return keys;
}

// remember notes enough of an element to find what stands in its place later.
export const remember = (e) => ({ mark: mark(e), keys: keysOf(e), view: e.closest("#home, dialog")?.id });

// like finds what stands in the place of an element that was drawn anew. Apps need not name
// their blocks, and each time they do not, Slack makes up new names.
export function like(root, lost) {
  const same = [...root.querySelectorAll(focusable)].filter((e) => mark(e) === lost.mark && e.closest("#home, dialog")?.id === lost.view);
  return same.find((e) => String(keysOf(e)) === String(lost.keys)) ??
    same.find((e) => lost.view || keysOf(e).at(-1) === lost.keys.at(-1));
}

// holdFocus returns a function that gives the focus back if drawing takes it away: to what
// stands in its place, or else to the part of the page where it was.
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

// keepValues fills the fields of a new element as those of the old one were, by their names.
export function keepValues(old, fresh) {
  const before = [...old.querySelectorAll("[name]")];
  for (const field of fresh.querySelectorAll("[name]")) {
    const was = before.find((e) => e.name === field.name && e.type === field.type && (!ticked(e) || e.value === field.value));
    if (!was) continue;
    if (ticked(field)) field.checked = was.checked;
    else if (field.tagName !== "SELECT" || [...field.options].some((o) => o.value === was.value)) field.value = was.value;
  }
}
