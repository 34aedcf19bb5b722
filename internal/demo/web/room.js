// The conversation in the middle: its messages, what only this person sees, and threads.
import { $, element, patch, say } from "./dom.js";
import { avatar, block, body } from "./blocks.js";
import { act, names, redraw, userOf, world } from "./world.js";
import { openPortal } from "./portal.js";
import { news } from "./panes.js";
import { suggest } from "./composer.js";

const dismissed = new Set();
let shown = ""; // whose conversation was drawn last

const whispers = (id) => world.state.ephemerals.filter((m) => m.channel === id && !dismissed.has(m.ts));
const byTime = (a, b) => a.at < b.at ? -1 : a.at > b.at ? 1 : a.ts < b.ts ? -1 : 1;

// contents are all messages of a place, replies and whispers among them, oldest first.
export function contents(id) {
  if (id === "direct") return world.state.direct;
  const c = world.state.channels.find((c) => c.id === id);
  return c ? [...c.messages, ...whispers(id)].sort(byTime) : [];
}

export const newest = (id) => contents(id).map((m) => m.ts).sort().at(-1) ?? "";

const notes = { archived: "archived", shared: "people of another organisation read here", private: "private", public: "" };

function title(c) {
  if (world.place === "home") return ["docspace", "the app's Home"];
  if (!c) return ["docspace", "what the bot wrote to you alone"];
  return ["#" + c.name, [notes[c.kind], c.bot ? "" : "the bot is not a member"].filter(Boolean).join(", ")];
}

export function drawRoom() {
  const c = world.state.channels.find((c) => c.id === world.place);
  patch($("#room-title"), title(c).map((text, i) => element(i ? "small" : "b", {}, text)));
  $("#composer").disabled = !c;
  $("#composer").placeholder = c ? `Message #${c.name}, or /docspace-invite` : "Commands are typed in channels";

  const log = $("#messages");
  const same = shown === world.me + world.place;
  shown = world.me + world.place;
  const atEnd = !same || log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  if (!same) log.replaceChildren();
  const { came, changed } = patch(log, drawn());
  if (same) mark(came, changed);
  if (atEnd && (came.length || changed.length)) log.scrollTop = log.scrollHeight;
}

// mark shows for a moment, and says, what is new.
function mark(came, changed) {
  for (const e of [...came, ...changed]) {
    if (!e.matches(".message")) continue;
    e.classList.add("fresh");
    news("slack");
    const spoken = [...e.querySelectorAll(".message")].at(-1) ?? e; // the newest reply
    say((changed.includes(e) ? "Updated. " : "") + spoken.querySelector(".who").textContent + ": " + spoken.querySelector(".body").textContent);
  }
}

function drawn() {
  if (world.place === "home") return [home()];
  const all = contents(world.place);
  const top = all.filter((m) => !m.thread || !all.some((p) => p.ts === m.thread));
  return top.length ? top.map((m) => message(m, all.filter((r) => r.thread === m.ts))) : [empty()];
}

function message(m, replies = []) {
  const who = userOf(m.user) ?? { id: m.user, name: "Slackbot", real: "Slackbot", kind: "app" };
  const shownName = who.kind === "app" ? who.name : who.real;
  const at = new Date(m.at);
  return element("article", { class: m.ephemeral ? "message ephemeral" : "message", "data-key": m.ts, "data-message": m.ts, "data-message-ts": m.ts },
    avatar(who),
    element("div", {},
      m.ephemeral && element("div", { class: "only" }, "Only visible to you ",
        element("button", { class: "quiet", onclick: () => { dismissed.add(m.ts); redraw(); } }, "Dismiss")),
      element("div", { class: "who" }, shownName, who.kind === "app" && element("abbr", {}, "APP"),
        element("time", { datetime: at.toISOString() }, at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })),
        m.updates > 0 && element("em", { title: `changed ${m.updates} times` }, "updated")),
      body(m, names, (button) => press(m, button)),
      replies.length > 0 && element("div", { class: "thread", role: "group", "aria-label": "Thread" },
        element("p", { class: "replies" }, replies.length === 1 ? "1 reply" : replies.length + " replies"),
        ...replies.map((r) => message(r)))));
}

// press tells the bot, and opens where the button leads, as Slack does.
function press(m, button) {
  act({ do: "press", channel: m.channel, ts: m.ts, action: button.action_id });
  if (button.url) openPortal(button.url, true);
}

function home() {
  const { home } = world.state;
  return element("div", { class: "home" }, ...(home?.raw.blocks ?? []).map((b) =>
    block(b, names, (button) => act({ do: "press-view", view: home.id, action: button.action_id }))));
}

function empty() {
  if (world.place === "direct") {
    return element("div", { class: "empty" }, element("p", {}, "The bot has not written to you."),
      element("p", {}, "It does once you have joined DocSpace."));
  }
  const c = world.state.channels.find((c) => c.id === world.place);
  if (!c || c.kind === "archived") return element("div", { class: "empty" }, element("p", {}, "Nothing was said here."));
  const offer = (line, what) => element("button", { onclick: () => suggest(line) }, element("code", {}, line), element("small", {}, what));
  return element("div", { class: "empty" }, element("p", {}, `This is #${c.name}. Invite somebody to DocSpace:`),
    element("div", { class: "offers" },
      offer("/docspace-invite user @bob", "one person, as a user"),
      offer("/docspace-invite", "whoever presses the button, as a guest"),
      offer("/docspace-invite form", "by a dialog")));
}
