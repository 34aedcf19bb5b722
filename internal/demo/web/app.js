// The page keeps no state of its own but what is being looked at: the servers are asked
// whenever they say that something changed. Data enters the document as text only.
import { body, initials, colour } from "./blocks.js";
import { showModal } from "./modal.js";
import { startTour, tourSees } from "./tour.js";

const $ = (selector) => document.querySelector(selector);
let state = null;
let me = localStorage.getItem("me") || "U0DEMOANN01";
let place = "C0DEMOGEN01";
const read = {}; // newest message seen, by person and place
const dismissed = new Set();

export function element(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) e.setAttribute(name, value === true ? "" : value);
  }
  e.append(...children.filter((c) => c !== null && c !== undefined));
  return e;
}

export async function act(what) {
  const answer = await fetch("api/act", { method: "POST", body: JSON.stringify({ as: me, ...what }) });
  if (!answer.ok) console.warn("the server refused", what.do, await answer.text());
}

let asking = false, again = false;
async function refresh() {
  if (asking) { again = true; return; }
  asking = true;
  try {
    const answer = await fetch("api/state?as=" + encodeURIComponent(me));
    if (answer.ok) { state = await answer.json(); draw(); }
  } catch { /* the stream tells when the server is back */ }
  asking = false;
  if (again) { again = false; refresh(); }
}

function listen() {
  const changes = new EventSource("api/changes");
  changes.onmessage = refresh;
  changes.onerror = () => linkState("The demo server is gone", false);
}

function linkState(text, on) {
  const e = $("#link-state");
  if (e.textContent !== text) e.textContent = text;
  e.classList.toggle("on", on);
}

const userOf = (id) => state.users.find((u) => u.id === id);
export const names = {
  user: (id) => userOf(id)?.name ?? id,
  channel: (id) => state.channels.find((c) => c.id === id)?.name ?? "a channel",
  group: (id) => state.groups.find((g) => g.id === id)?.handle ?? id,
};

function draw() {
  linkState(state.connected ? `Bot connected (${state.connected})` : "No bot is connected", state.connected > 0);
  drawPeopleMenu();
  if (place !== "direct" && !state.channels.some((c) => c.id === place)) place = state.channels[0]?.id ?? "direct";
  drawPlaces();
  drawRoom();
  drawMail();
  drawMembers();
  drawTrouble();
  showModal(state, { act, element });
  tourSees(state, me);
}

function drawPeopleMenu() {
  const select = $("#act-as");
  const wanted = state.users.filter((u) => u.kind !== "app");
  if (select.options.length !== wanted.length) {
    select.replaceChildren(...wanted.map((u) => element("option", { value: u.id }, `${u.real} — ${u.kind}`)));
  }
  select.value = me;
}

const signs = { private: "🔒", shared: "🔗", archived: "🗄", public: "#" };
const lastTS = (list) => list.length ? list[list.length - 1].ts : "";
const whispers = (id) => state.ephemerals.filter((m) => m.channel === id && !dismissed.has(m.ts));

function contents(id) {
  if (id === "direct") return state.direct;
  const c = state.channels.find((c) => c.id === id);
  return c ? [...c.messages, ...whispers(id)].sort((a, b) => a.at < b.at ? -1 : a.at > b.at ? 1 : a.ts < b.ts ? -1 : 1) : [];
}

function drawPlaces() {
  const button = (id, sign, name, note) => {
    const key = me + id;
    const newest = lastTS(contents(id));
    if (place === id) read[key] = newest;
    const unread = newest > (read[key] ?? "");
    return element("button", { "data-channel": id, "aria-current": String(place === id), onclick: () => { place = id; draw(); } },
      element("span", { "aria-hidden": "true" }, sign), name,
      unread ? element("span", { class: "dot", title: "new messages" }) : note ? element("small", {}, note) : null);
  };
  replace($("#channels"), state.channels.map((c) => button(c.id, signs[c.kind], c.name, c.kind === "shared" ? "shared" : c.bot ? "" : "no bot")));
  replace($("#directs"), [button("direct", "●", "docspace", "app")]);
}

// replace redraws a list only when it changed, so that focus and selection stay.
function replace(parent, children) {
  const fresh = element("div", {}, ...children);
  if (fresh.innerHTML === parent.innerHTML) return false;
  const focused = parent.contains(document.activeElement) ? [...parent.querySelectorAll("button,a")].indexOf(document.activeElement) : -1;
  parent.replaceChildren(...fresh.childNodes);
  if (focused >= 0) parent.querySelectorAll("button,a")[focused]?.focus();
  return true;
}

const places = {
  archived: "archived: nobody can post here", shared: "people of another organisation read here", private: "private", public: "",
};

function drawRoom() {
  const c = state.channels.find((c) => c.id === place);
  replace($("#room-title"), c
    ? [`${signs[c.kind]} ${c.name}`, element("small", {}, [places[c.kind], c.bot ? "" : "the bot is not a member"].filter(Boolean).join(", "))]
    : ["docspace", element("small", {}, "what the bot wrote to you alone")]);
  const all = contents(place);
  const parents = all.filter((m) => !m.thread);
  const log = $("#messages");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  const drawn = parents.length
    ? parents.map((m) => drawMessage(m, all.filter((r) => r.thread === m.ts)))
    : [element("p", { class: "empty" }, place === "direct" ? "The bot has not written to you." : "Nothing was said here yet.")];
  if (replace(log, drawn) && atEnd) log.scrollTop = log.scrollHeight;
}

function drawMessage(m, replies = []) {
  const who = userOf(m.user) ?? { name: "Slackbot", real: "Slackbot", kind: "app", id: "USLACKBOT" };
  const shown = who.kind === "app" ? who.name : who.real;
  const time = new Date(m.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return element("article", { class: m.ephemeral ? "message ephemeral" : "message", "data-message": m.ts },
    element("div", { class: "avatar", style: undefined, "data-colour": colour(who.id), "aria-hidden": "true" }, initials(shown)),
    element("div", {},
      m.ephemeral ? element("div", { class: "only" }, "Only visible to you ",
        element("button", { class: "quiet", onclick: () => { dismissed.add(m.ts); draw(); } }, "Dismiss")) : null,
      element("div", { class: "who" }, shown, element("small", {}, who.kind === "app" ? "APP " : "", time, m.updates ? " · updated" : "")),
      body(m, names, (button) => press(m, button)),
      replies.length ? element("div", { class: "thread", "aria-label": "Thread" }, ...replies.map((r) => drawMessage(r))) : null));
}

function press(m, button) {
  act({ do: "press", channel: m.channel, ts: m.ts, action: button.action_id });
  if (button.url) openPortal(button.url, true);
}

// openPortal shows a page of the portal, with the form filled for whoever is acting.
function openPortal(address, fill) {
  let target;
  try { target = new URL(address); } catch { return; }
  if (target.origin !== new URL(state.portal_url).origin) return;
  const u = userOf(me);
  if (fill && u) {
    const [first, ...rest] = u.real.split(" ");
    target.search = new URLSearchParams({ email: u.email, first, last: rest.join(" ") });
  }
  $("#join-empty").hidden = true;
  const frame = $("#portal-frame");
  frame.hidden = false;
  frame.src = target.href;
  showTab("join");
  showPane("portal");
}

function drawMail() {
  const mails = [...(state.mails ?? [])].reverse();
  replace($("#mail"), mails.length ? mails.map((m) => element("article", { class: "mail" },
    element("h3", {}, m.Subject), element("small", {}, "To " + m.To), element("p", {}, m.Body),
    m.Link ? element("button", { class: "primary", "data-confirm": m.To, onclick: () => openPortal(m.Link) }, "Confirm the address") : null))
    : [element("p", { class: "empty" }, "Letters that the portal sends appear here, everybody's in one place.")]);
}

function drawMembers() {
  const row = (p) => element("tr", { "data-member": p.email },
    element("td", {}, p.name, element("small", {}, p.email)), element("td", {}, p.role),
    element("td", {}, element("span", { class: "status " + p.status }, p.status),
      p.owner ? null : element("div", {},
        element("button", { onclick: () => act({ do: p.status === "disabled" ? "enable" : "disable", email: p.email }) }, p.status === "disabled" ? "Enable" : "Disable"),
        element("button", { class: "danger", onclick: () => act({ do: "remove", email: p.email }) }, "Remove"))));
  replace($("#people"), [element("table", {},
    element("thead", {}, element("tr", {}, element("th", {}, "Person"), element("th", {}, "Role"), element("th", {}, "Status"))),
    element("tbody", {}, ...state.members.map(row)))]);
}

const troubles = {
  "portal-down": ["The portal is down", "A command is refused to its caller alone; who waits is not forgotten."],
  "portal-slow": ["The portal takes 5 s", "Slack is answered at once all the same."],
  "no-links": ["The portal lets nobody invite", "The caller alone is told who can change that."],
  "slack-busy": ["Slack refuses posts (429)", "Nothing is lost; it comes when Slack takes it."],
  twice: ["Every command comes twice", "One card each."],
  drop: ["Cut all connections", "The bot is back at once."],
  refresh: ["Slack refreshes a connection", "Nobody notices."],
};

function drawTrouble() {
  replace($("#trouble-list"), Object.entries(troubles).map(([name, [title, note]]) => {
    if (name === "drop" || name === "refresh") {
      return element("div", {}, element("button", { "data-trouble": name, onclick: () => act({ do: "trouble", action: name, on: true }) }, title), element("small", {}, note));
    }
    const on = (state.trouble ?? []).includes(name);
    const box = element("input", { type: "checkbox", "data-trouble": name, checked: on, onchange: (e) => act({ do: "trouble", action: name, on: e.target.checked }) });
    return element("label", {}, box, element("span", {}, title, element("small", {}, note)));
  }));
}

function showTab(name) {
  for (const tab of document.querySelectorAll("#tabs button")) {
    const on = tab.getAttribute("aria-controls") === name;
    tab.setAttribute("aria-selected", on);
    tab.tabIndex = on ? 0 : -1;
    $("#" + tab.getAttribute("aria-controls")).hidden = !on;
  }
}

export function showPane(name) {
  $("main").dataset.pane = name;
  for (const b of document.querySelectorAll("#panes button")) b.setAttribute("aria-pressed", b.dataset.pane === name);
}

// The composer suggests the command, and people while an @ is typed.
let choice = 0;
function suggestions() {
  const text = $("#composer").value;
  if (text.startsWith("/") && !text.includes(" ")) {
    return ["", "user @bob @carol", "guest @designers \"for the archive room\"", "form", "status", "help"]
      .map((rest) => ({ text: "/docspace-invite" + (rest ? " " + rest : ""), note: "" }))
      .filter((s) => s.text.startsWith(text));
  }
  const at = text.match(/(^|\s)@([\w-]*)$/);
  if (!at || !state) return [];
  const before = text.slice(0, text.length - at[2].length);
  return [...state.users.filter((u) => u.kind !== "app").map((u) => [u.name, u.real]), ...state.groups.map((g) => [g.handle, "user group"])]
    .filter(([name]) => name.startsWith(at[2]) && name !== at[2])
    .map(([name, note]) => ({ text: before + name + " ", shown: "@" + name, note }));
}

function drawSuggestions() {
  const list = suggestions();
  choice = Math.min(choice, Math.max(0, list.length - 1));
  $("#suggestions").hidden = !list.length;
  $("#suggestions").replaceChildren(...list.map((s, i) => element("li", {
    role: "option", "aria-selected": String(i === choice), onmousedown: (e) => { e.preventDefault(); take(s); },
  }, s.shown ?? s.text, s.note ? element("small", {}, s.note) : null)));
}

function take(s) {
  $("#composer").value = s.text;
  choice = 0;
  drawSuggestions();
}

$("#composer").addEventListener("input", drawSuggestions);
$("#composer").addEventListener("blur", () => { $("#suggestions").hidden = true; });
$("#composer").addEventListener("keydown", (e) => {
  const list = suggestions();
  if (!list.length || $("#suggestions").hidden) return;
  if (e.key === "ArrowDown" || e.key === "ArrowUp") {
    choice = (choice + (e.key === "ArrowDown" ? 1 : list.length - 1)) % list.length;
    drawSuggestions();
    e.preventDefault();
  } else if (e.key === "Tab") {
    take(list[choice]);
    e.preventDefault();
  } else if (e.key === "Escape") $("#suggestions").hidden = true;
});
$("#composer-form").addEventListener("submit", (e) => {
  e.preventDefault();
  const text = $("#composer").value.trim();
  if (!text || place === "direct") return;
  act({ do: "type", channel: place, text });
  $("#composer").value = "";
  drawSuggestions();
});
$("#act-as").addEventListener("change", (e) => { me = e.target.value; localStorage.setItem("me", me); refresh(); });
for (const b of document.querySelectorAll("#panes button")) b.addEventListener("click", () => showPane(b.dataset.pane));
for (const tab of document.querySelectorAll("#tabs button")) {
  tab.addEventListener("click", () => showTab(tab.getAttribute("aria-controls")));
  tab.addEventListener("keydown", (e) => {
    if (e.key !== "ArrowRight" && e.key !== "ArrowLeft") return;
    const tabs = [...document.querySelectorAll("#tabs button")];
    const next = tabs[(tabs.indexOf(tab) + (e.key === "ArrowRight" ? 1 : tabs.length - 1)) % tabs.length];
    next.click();
    next.focus();
  });
}
showTab("join");
startTour();
listen();
