// What the other modules make the document with. Data enters it as text only.

export const $ = (selector) => document.querySelector(selector);
export const $$ = (selector) => [...document.querySelectorAll(selector)];

// element makes an element. An attribute that begins with "on" is a listener; one that is
// undefined or false is left out.
export function element(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) e.setAttribute(name, value === true ? "" : value);
  }
  e.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
  return e;
}

const drawnAs = new WeakMap(); // what an element looked like when it was made
const focusable = "button, a, input, select";

// patch brings a parent's children up to date. One that looks as before stays, with its
// focus and its place in the scroll; children are told apart by data-key. It returns the
// children that came new and those that changed.
export function patch(parent, children) {
  const before = new Map([...parent.children].map((e) => [e.dataset.key, e]));
  const came = [], changed = [];
  let previous = null;
  children.forEach((fresh, i) => {
    const key = fresh.dataset.key ??= String(i);
    const look = fresh.outerHTML;
    const old = before.get(key);
    before.delete(key);
    let stays = fresh;
    if (!old) came.push(fresh);
    else if (drawnAs.get(old) === look) stays = old;
    else {
      const at = [...old.querySelectorAll(focusable)].indexOf(document.activeElement);
      old.replaceWith(fresh);
      if (at >= 0) fresh.querySelectorAll(focusable)[at]?.focus();
      changed.push(fresh);
    }
    drawnAs.set(stays, look);
    const place = previous ? previous.nextSibling : parent.firstChild;
    if (place !== stays) parent.insertBefore(stays, place);
    previous = stays;
  });
  for (const gone of before.values()) gone.remove();
  for (const node of [...parent.childNodes]) if (node.nodeType !== Node.ELEMENT_NODE) node.remove();
  return { came, changed };
}

// say is heard by those who listen to the page instead of looking at it.
export function say(text) {
  $("#announce").textContent = text;
}

let hiding;
// toast shows for a while what did not work.
export function toast(text) {
  const e = $("#toast");
  e.textContent = text;
  e.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { e.hidden = true; }, 7000);
}

// arrows moves the focus among the elements of a row, and returns where it went.
export function arrows(e, elements) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
  if (!step) return null;
  e.preventDefault();
  const next = elements[(elements.indexOf(document.activeElement) + step + elements.length) % elements.length];
  next.focus();
  return next;
}
