// The sidebar: the acting person and their conversations.
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
    "data-key": u.id, "data-user": u.id, "aria-pressed": String(u.id === world.me), title: `${u.real}: ${u.about}`,
    onclick: () => actAs(u.id), onkeydown: (e) => arrows(e, [...$("#faces").children]),
  }, avatar(u), element("span", { class: "hidden" }, "Act as " + u.real))));
}

const signs = { private: "lock", shared: "shared", archived: "box", public: "hash" };

export function drawPlaces() {
  before ??= world.state.channels.map((c) => newest(c.id)).sort().at(-1) ?? "";
  const list = []; // the same, for a phone
  const place = (id, sign, name, note) => {
    const key = world.me + id;
    if (world.place === id) read[key] = newest(id);
    const unread = newest(id) > (read[key] ?? before);
    list.push({ id, unread, name: (sign === "app" ? `${name} (${note})` : "#" + name) + (unread ? " • new" : "") });
    return element("button", {
      "data-key": id, "data-channel": id, "aria-current": String(world.place === id), class: unread && "unread",
      onclick: () => go(id),
    }, element("i", { class: "sign " + sign, "aria-hidden": "true" }), element("span", {}, name),
    unread ? element("b", { class: "dot" }, element("span", { class: "hidden" }, "new messages")) : note && element("small", {}, note));
  };
  patch($("#channels"), world.state.channels.map((c) => place(c.id, signs[c.kind], c.name, c.kind === "shared" ? "shared" : c.bot || c.kind === "public" ? "" : "no bot")));
  patch($("#directs"), [
    place("direct", "app", "docspace", "app"),
    ...(world.state.app.home ? [place("home", "app", "docspace", "Home")] : []),
  ]);
  drawChoice(list);
}

function drawChoice(list) {
  const select = $("#place"), news = list.filter((c) => c.unread).length;
  if ([...select.options].map((o) => o.value + o.text).join() !== list.map((c) => c.id + c.name).join()) {
    select.replaceChildren(...list.map((c) => element("option", { value: c.id }, c.name)));
  }
  select.value = world.place;
  select.labels[0].textContent = news ? `Conversation (${news} new)` : "Conversation";
}

function go(id) {
  world.place = id;
  redraw();
}

export function startSide() {
  $("#act-as").addEventListener("change", (e) => actAs(e.target.value));
  $("#place").addEventListener("change", (e) => go(e.target.value));
}
