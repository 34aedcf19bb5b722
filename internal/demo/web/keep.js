// What people must not lose when something is drawn anew: what they typed, and the focus.

const focusable = "button, a[href], input, select, textarea, [tabindex]";
const ticked = (e) => e.type === "checkbox" || e.type === "radio";

// mark tells an element from others in its part of the page. It stays when that is drawn anew.
const mark = (e) => [e.tagName, e.dataset.action ?? (e.name || e.id || e.textContent), ticked(e) ? e.value : ""].join(" ");
const keyOf = (e) => e.closest("[data-key]")?.dataset.key;

// like finds the element of a part of the page that is what another one was.
export function like(root, lost) {
  const same = [...root.querySelectorAll(focusable)].filter((e) => mark(e) === lost.mark);
  return same.find((e) => keyOf(e) === lost.key) ?? same[0];
}

export const remember = (e) => ({ mark: mark(e), key: keyOf(e) });

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
