// The workspace's left edge: who is acted as, and the conversations that they have.
import { $, arrows, element, patch } from "./dom.js";
import { avatar } from "./avatar.js";
import { actAs, people, redraw, userOf, world } from "./world.js";
import { newest } from "./room.js";

const read = {}; // the newest message seen, by person and place
let before; // what was there when the page was opened counts as seen

export function drawPeople() {
  const select = $("#act-as");
  if (select.options.length !== people().length) {
    select.replaceChildren(...people().map((u) => element("option", { value: u.id }, u.real)));
  }
  select.value = world.me;
  $("#act-about").textContent = userOf(world.me)?.about ?? "";
  patch($("#faces"), people().map((u) => element("button", {
    "data-key": u.id, "data-user": u.id, "aria-pressed": String(u.id === world.me), "aria-label": "Act as " + u.real, title: `${u.real}: ${u.about}`,
    onclick: () => actAs(u.id), onkeydown: (e) => arrows(e, [...$("#faces").children]),
  }, avatar(u))));
}

const signs = { private: "lock", shared: "shared", archived: "box", public: "hash" };

export function drawPlaces() {
  before ??= world.state.channels.map((c) => newest(c.id)).sort().at(-1) ?? "";
  const place = (id, sign, name, note) => {
    const key = world.me + id;
    if (world.place === id) read[key] = newest(id);
    const unread = newest(id) > (read[key] ?? before);
    return element("button", {
      "data-key": id, "data-channel": id, "aria-current": String(world.place === id), class: unread && "unread",
      onclick: () => { world.place = id; redraw(); },
    }, element("i", { class: "sign " + sign, "aria-hidden": "true" }), element("span", {}, name),
    unread ? element("b", { class: "dot" }, element("span", { class: "hidden" }, "new messages")) : note && element("small", {}, note));
  };
  patch($("#channels"), world.state.channels.map((c) => place(c.id, signs[c.kind], c.name, c.kind === "shared" ? "shared" : c.bot || c.kind === "public" ? "" : "no bot")));
  patch($("#directs"), [
    place("direct", "app", "docspace", "app"),
    ...(world.state.app.home ? [place("home", "app", "docspace", "Home")] : []),
  ]);
}

export function startSide() {
  $("#act-as").addEventListener("change", (e) => actAs(e.target.value));
}
