// The portal's pane: its own pages in a frame, everyone's mailbox, its accounts and its rooms.
import { $, $$, arrows, element, patch, say } from "./dom.js";
import { avatar } from "./avatar.js";
import { act, redraw, userOf, world } from "./world.js";
import { news, showPane } from "./panes.js";

let tab = "join";
let lettersSeen = 0;
let lettersDrawn = 0;

// follow opens a button's link: in the portal's pane, or in a new tab.
export function follow(address, who = userOf(world.me)) {
  if (!URL.canParse(address)) return;
  const target = new URL(address);
  if (target.origin === new URL(world.state.portal_url).origin) openPortal(filledIn(target, who));
  else if (/^https?:$/.test(target.protocol)) open(target.href, "_blank", "noopener,noreferrer");
}

// filledIn fills in the portal's sign-up form for someone.
function filledIn(target, u) {
  if (!u || !target.pathname.startsWith("/s/")) return target;
  const [first, ...rest] = u.real.split(" ");
  for (const [key, value] of Object.entries({ email: u.email, first, last: rest.join(" ") })) target.searchParams.set(key, value);
  return target;
}

function openPortal(target) {
  $("#join-empty").hidden = true;
  const frame = $("#portal-frame");
  frame.hidden = false;
  frame.src = target.href;
  showTab("join");
  showPane("portal");
}

function showTab(name) {
  tab = name;
  for (const t of $$("#tabs button")) {
    const on = t.getAttribute("aria-controls") === name;
    t.setAttribute("aria-selected", on);
    t.tabIndex = on ? 0 : -1;
    $("#" + t.getAttribute("aria-controls")).hidden = !on;
  }
  redraw();
}

export function drawPortal() {
  const letters = world.state.mails ?? [];
  if (tab === "mail") lettersSeen = letters.length;
  if (letters.length > lettersDrawn) {
    news("portal");
    if (lettersDrawn) say("New email: " + letters.at(-1).Subject);
    lettersDrawn = letters.length;
  }
  badge("#tab-mail", letters.length - lettersSeen);
  drawMail(letters);
  patch($("#people"), [element("ul", { "data-key": "all" }, ...world.state.members.map(member))]);
  patch($("#rooms"), world.state.rooms.map(room).reverse());
}

function badge(selector, n) {
  const old = $(selector).querySelector(".count");
  if ((old?.textContent ?? "0") === String(n)) return;
  old?.remove();
  if (n > 0) $(selector).append(element("b", { class: "count", title: n + " new" }, String(n)));
}

function drawMail(letters) {
  const letter = (m, i) => element("article", { "data-key": String(i), class: "mail" },
    element("small", {}, "To " + m.To), element("h2", {}, m.Subject), element("p", {}, m.Body), m.Link && ask(m));
  patch($("#mail"), letters.length ? letters.map(letter).reverse()
    : [element("div", { "data-key": "empty", class: "empty" }, element("p", {}, "Emails that the portal sends appear here, for everyone in one place."))]);
}

// asks are the emails that want an answer, by where their link leads: what the button is called, and what it and
// the line after it say.
const asks = { "/confirm/": ["confirm", "Confirm the address", "Confirmed"], "/s/": ["accept", "Accept the invitation", "Accepted"] };

// ask draws what an email asks for. Both answers confirm the address; other links lead into a room.
function ask(m) {
  const path = new URL(m.Link).pathname;
  const [, [name, label, done]] = Object.entries(asks).find(([start]) => path.startsWith(start)) ?? ["", ["open", "Open the room"]];
  if (done && world.state.members.some((p) => p.email === m.To && p.confirmed)) return element("p", { class: "done" }, done);
  return element("button", { class: "primary", ["data-" + name]: m.To, onclick: () => follow(m.Link, addressee(m.To)) }, label);
}

// addressee returns whose address it is. People who aren't on Slack get a name that their address suggests.
function addressee(email) {
  const words = email.split(/[.@_+-]/).slice(0, 2);
  return world.state.users.find((u) => u.email === email) ?? { email, real: words.map((w) => w.charAt(0).toUpperCase() + w.slice(1)).join(" ") };
}

function member(p) {
  const off = p.status === "disabled";
  const button = (does, label, name) => element("button", { class: name, "aria-label": `${label} ${p.name}`, onclick: () => act({ do: does, email: p.email }) }, label);
  return element("li", { "data-member": p.email },
    avatar({ real: p.name }),
    element("div", { class: "person" }, element("b", {}, p.name), element("small", {}, p.email)),
    element("div", { class: "standing" }, element("span", { class: "status " + p.status.replace(" ", "-") }, p.status), element("small", {}, p.role.replace(/Admin$/, " admin"))),
    p.owner ? null : element("div", { class: "acts" }, button(off ? "enable" : "disable", off ? "Enable" : "Disable"), button("remove", "Remove", "danger")));
}

// room draws who is in a room, and what they may do there.
function room(r) {
  const note = (p) => p.status === "active" ? p.right : `${p.right}, ${p.status}`;
  return element("article", { "data-key": String(r.id), "data-room": r.title },
    element("h2", {}, r.title, r.archived && element("small", {}, "archived")),
    element("ul", {}, ...r.people.map((p) => element("li", { "data-in": p.email },
      avatar({ real: p.name }), element("b", {}, p.name), element("span", {}, note(p))))));
}

export function startPortal() {
  for (const t of $$("#tabs button")) {
    t.addEventListener("click", () => showTab(t.getAttribute("aria-controls")));
    t.addEventListener("keydown", (e) => arrows(e, $$("#tabs button"))?.click());
  }
  showTab("join");
}
