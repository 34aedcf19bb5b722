// Tools for making the document. Data only enters it as text, so nothing in it can be taken for HTML.
import { holdFocus, keepValues } from "./keep.js";

export const $ = (selector) => document.querySelector(selector);
export const $$ = (selector) => [...document.querySelectorAll(selector)];

// element makes an element. An attribute that begins with "on" is a listener; one that is
// undefined, null or false is left out.
export function element(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) e.setAttribute(name, value === true ? "" : value);
  }
  e.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
  return e;
}

const drawnAs = new WeakMap(); // what an element looked like when it was made

// patch updates a parent's children, identified by data-key. A child that looks the same stays; one that
// changed keeps the focus and what is typed in it. Returns the children that are new and those that
// changed.
export function patch(parent, children) {
  const giveBack = holdFocus(parent);
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
      keepValues(old, fresh);
      old.replaceWith(fresh);
      changed.push(fresh);
    }
    drawnAs.set(stays, look);
    const place = previous ? previous.nextSibling : parent.firstChild;
    if (place !== stays) parent.insertBefore(stays, place);
    previous = stays;
  });
  for (const gone of before.values()) gone.remove();
  for (const node of [...parent.childNodes]) if (node.nodeType !== Node.ELEMENT_NODE) node.remove();
  giveBack();
  return { came, changed };
}

// say is for people who use a screen reader.
export function say(text) {
  const all = $("#announce");
  all.append(element("p", {}, text));
  while (all.children.length > 5) all.firstChild.remove();
}

let hiding;
// toast shows an error for a while.
export function toast(text) {
  const e = $("#toast");
  e.textContent = text;
  e.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { e.hidden = true; }, 7000);
}

// arrows moves the focus along a row of elements, and returns the one it moved to.
export function arrows(e, elements) {
  const at = elements.indexOf(document.activeElement);
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
  const to = step ? (at + step + elements.length) % elements.length : { Home: 0, End: elements.length - 1 }[e.key];
  if (to === undefined) return null;
  e.preventDefault();
  elements[to].focus();
  return elements[to];
}
