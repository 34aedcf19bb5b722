// The conversation in the middle: messages, ephemeral messages and threads.
import { $, element, patch, say } from "./dom.js";
import { avatar } from "./avatar.js";
import { body } from "./blocks.js";
import { drawHome } from "./home.js";
import { opensMenu } from "./menu.js";
import { act, redraw, userOf, world } from "./world.js";
import { news } from "./panes.js";
import { suggest } from "./composer.js";

const dismissed = new Set();
let shown = ""; // whose conversation was drawn last

const whispers = (isThere) => world.state.ephemerals.filter((m) => isThere(m.channel) && !dismissed.has(m.ts));
const byTime = (a, b) => a.at < b.at ? -1 : a.at > b.at ? 1 : a.ts < b.ts ? -1 : 1;

// contents returns all messages of a place, replies and ephemeral ones included, oldest first.
function contents(id) {
  if (id === "direct") { // all that is in no channel
    const elsewhere = whispers((channel) => !world.state.channels.some((c) => c.id === channel));
    return [...world.state.direct, ...elsewhere].sort(byTime);
  }
  const c = world.state.channels.find((c) => c.id === id);
  return c ? [...c.messages, ...whispers((channel) => channel === id)].sort(byTime) : [];
}

export const newest = (id) => contents(id).map((m) => m.ts).sort().at(-1) ?? "";

const notes = { archived: "archived", shared: "shared with another organization", private: "private", public: "" };

function title(c) {
  if (world.place === "home") return ["docspace", "the app's Home"];
  if (!c) return ["docspace", "what the bot wrote to you"];
  return ["#" + c.name, [notes[c.kind], c.bot || c.kind === "public" ? "" : "the bot isn't here"].filter(Boolean).join(", ")];
}

export function drawRoom() {
  const c = world.state.channels.find((c) => c.id === world.place);
  patch($("#room-title"), title(c).map((text, i) => element(i ? "small" : "h2", {}, text)));
  $("#composer").placeholder = c ? "Message #" + c.name : "";
  const same = shown === world.me + world.place;
  shown = world.me + world.place;
  $("#messages").hidden = world.place === "home";
  $("#composer-form").hidden = !c; // the app takes no messages: its manifest says so
  $("#home").hidden = world.place !== "home";
  if (world.place === "home") drawHome(same);
  else drawMessages(same);
}

function drawMessages(same) {
  const log = $("#messages");
  const atEnd = !same || log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  if (!same) log.replaceChildren();
  const { came, changed } = patch(log, drawn());
  if (same) mark(came, changed);
  if (atEnd && (came.length || changed.length)) log.scrollTop = log.scrollHeight;
}

// mark highlights new messages for a moment, and has screen readers read them.
function mark(came, changed) {
  for (const e of [...came, ...changed]) {
    if (!e.matches(".message")) continue;
    e.classList.add("fresh");
    news("slack");
    const spoken = [...e.querySelectorAll(".message")].at(-1) ?? e; // the newest reply
    say((changed.includes(e) ? "Updated. " : "") + spoken.dataset.writer + ": " + spoken.querySelector(".body").textContent);
  }
}

function drawn() {
  const all = contents(world.place);
  const top = all.filter((m) => !m.thread || !all.some((p) => p.ts === m.thread));
  return top.length ? top.map((m) => message(m, all.filter((r) => r.thread === m.ts))) : [empty()];
}

function message(m, replies = []) {
  const who = userOf(m.user) ?? { id: m.user, name: "Slackbot", real: "Slackbot", app: true };
  const shownName = who.app ? who.name : who.real;
  const at = new Date(m.at);
  return element("article", { class: m.ephemeral ? "message ephemeral" : "message", "data-key": m.ts, "data-message": m.ts, "data-writer": shownName },
    avatar(who),
    element("div", {},
      m.ephemeral && element("div", { class: "only" }, "Only visible to you ",
        element("button", { class: "quiet", onclick: () => { dismissed.add(m.ts); redraw(); } }, "Dismiss")),
      element("div", { class: "who" }, shownName, who.app && element("abbr", {}, "APP"),
        element("time", { datetime: at.toISOString() }, at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })),
        m.updates > 0 && element("em", { title: `changed ${m.updates} times` }, "updated"),
        !who.app && more(m, shownName)),
      body(m, { key: m.ts, prefix: m.ts + "-", press: (e, chosen) => act({ do: "press", channel: m.channel, ts: m.ts, action: e.action_id, chosen }) }),
      replies.length > 0 && element("div", { class: "thread", role: "group", "aria-label": "Thread" },
        element("p", { class: "replies" }, replies.length === 1 ? "1 reply" : replies.length + " replies"),
        ...replies.map((r) => message(r)))));
}

// more draws the menu with the app's message shortcuts. The app's own messages have none, so that a card
// has one menu.
function more(m, writer) {
  const shortcuts = world.state.app.shortcuts.filter((s) => s.type === "message");
  if (!shortcuts.length || m.ephemeral) return null;
  const dots = element("button", { class: "dots", "data-more": m.ts, "aria-label": "More for this message of " + writer }, "⋯");
  return opensMenu(dots, () => shortcuts.map((s) => ({ value: s.callback_id, text: s.name, note: s.description })),
    (s) => act({ do: "shortcut", channel: m.channel, ts: m.ts, action: s.value }));
}

function empty() {
  if (world.place === "direct") {
    return element("div", { class: "empty" }, element("p", {}, "The bot hasn't written to you yet."),
      element("p", {}, "It does when you join DocSpace."));
  }
  const c = world.state.channels.find((c) => c.id === world.place);
  if (!c || c.kind === "archived") return element("div", { class: "empty" }, element("p", {}, "Nothing here yet."));
  const offer = (line, what) => element("button", { onclick: () => suggest(line) }, element("code", {}, line), element("small", {}, what));
  return element("div", { class: "empty" }, element("p", {}, `This is #${c.name}. Invite someone to DocSpace:`),
    element("div", { class: "offers" },
      offer('/docspace-invite @bob in "Q3 planning"', "one person, into a room"),
      offer("/docspace-invite", "anyone who presses the button, as a guest"),
      offer("/docspace-invite form", "with a dialog")));
}
