// Faces.
import { element } from "./dom.js";

// avatar is initials on a colour that stays the same for a name. The factor gives everybody
// in the cast one of their own.
export function avatar(who) {
  if (who.kind === "app") return element("img", { class: "avatar", src: "icon.svg", alt: "" });
  const letters = who.real.split(/\s+/).map((w) => w[0]).slice(0, 2).join("").toUpperCase();
  const colour = [...who.real].reduce((n, c) => (n * 13 + c.charCodeAt(0)) % 9973, 0) % 6;
  return element("span", { class: "avatar", "data-colour": String(colour), "aria-hidden": "true" }, letters);
}
