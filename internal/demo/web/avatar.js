// The pictures of people: their initials.
import { element } from "./dom.js";

// avatar returns initials on a color that depends on the name alone. The factor is chosen so that everyone
// in the cast gets a different one.
export function avatar(who) {
  if (who.app) return element("img", { class: "avatar", src: "icon.svg", alt: "" });
  const letters = who.real.split(/\s+/).map((w) => w[0]).slice(0, 2).join("").toUpperCase();
  const colour = [...who.real].reduce((n, c) => (n * 13 + c.charCodeAt(0)) % 9973, 0) % 6;
  return element("span", { class: "avatar", "data-colour": String(colour), "aria-hidden": "true" }, letters);
}
