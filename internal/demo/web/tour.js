// The tour. It shows the first step that is not done yet, follows anyone the user invites, and blocks
// nothing. It can be taken again with someone who has not joined.
import { $, $$ } from "./dom.js";
import { actAs, people, userOf, world } from "./world.js";

const pace = 1000; // how long a step shows at least, so that no one misses one that was done at once
let running = false, waits = false;
let begun = null; // what was there when the tour began, and how far it has come: this tab's own

const messages = () => world.state.channels.flatMap((c) => c.messages);
const fresh = (m) => m.ts > begun.since;
const joinable = (m) => (m.blocks ?? []).some((b) => (b.elements ?? []).some((e) => e.action_id === "join"));
const card = () => messages().filter((m) => joinable(m) && fresh(m)).at(-1);
const emailed = (email) => world.state.mails?.some((m) => m.To === email && m.Link.includes("/s/")); // by the portal: another story
const joined = () => world.state.members.filter((p) => !begun.members.includes(p.email) && !emailed(p.email));
const mayJoin = (u) => u.email && !begun.members.includes(u.email);

// invited reports whether there is a card to join from. People outside its channel don't see it.
function invited(who) {
  if (card()) begun.invited = true;
  else if (world.me === who.id) begun.invited = false;
  return begun.invited;
}

// opened reports whether the portal's sign-up page is open for someone.
function opened(who) {
  const address = $("#portal-frame").src;
  return URL.canParse(address) && new URL(address).searchParams.get("email") === who.email;
}

// reply is the newest one in a thread, and door its button that leads into a room, if it has one.
const reply = () => messages().filter((m) => m.thread && fresh(m)).at(-1);
const door = () => (reply()?.blocks ?? []).flatMap((b) => b.elements ?? []).find((e) => e.url?.startsWith(world.state.portal_url + "/rooms/"));

// entered reports whether the room was opened, which stays so when the frame shows something else.
function entered() {
  if (door()?.url === $("#portal-frame").src) begun.entered = true;
  return begun.entered;
}

// Each step: what it says, what it points at, and whether it is done.
const steps = [
  [(who) => `Ann is a team lead. Type /docspace-invite @${who.name} in "Q3 planning" and press Enter.`, () => "#composer", (who) => joined().length > 0 || invited(who)],
  [(who) => `That's the card. Now be ${who.first}: choose ${who.first} under “Acting as”.`, (who) => `[data-user=${who.id}]`, (who) => joined().length > 0 || world.me === who.id],
  [() => "Press Join DocSpace on the card. The portal's page opens.", () => "[data-action=join]", (who) => joined().length > 0 || opened(who)],
  [(who) => `The portal's page is filled in for ${who.first}. Sign up.`, () => "#portal-frame", () => joined().length > 0],
  [() => "The portal sent an email. Open the Mail tab and confirm the address.", () => $("#mail").hidden ? "#tab-mail" : "[data-confirm]", () => joined().some((p) => p.status === "active")],
  [(who) => `${who.first} is in. In a moment the bot says so in the card's thread.`, () => "#messages", () => reply() !== undefined],
  [(who) => door() ? `The bot let ${who.first} into the room, too. Press Open the room in the thread.` : "The card and its thread show it.",
    () => door() ? `[data-action=${door().action_id}]` : "#messages", () => !door() || entered()],
  [(who) => `Done: ${door() ? "card, thread and the Rooms tab" : "card and thread"} show it, and ${who.first} got a welcome. Next, try /docspace-invite form, or some Trouble.`,
    () => door() && !$("#rooms").checkVisibility() ? "#tab-rooms" : "#trouble summary", () => false],
];

// hero returns the person who joins on this tour: the first of those who have joined, the acting person if
// they can join, those invited, and everyone else.
function hero() {
  const [inviter, ...named] = JSON.stringify(card()?.blocks ?? []).match(/(?<=<@)\w+/g) ?? [];
  const me = userOf(world.me);
  const u = people().find((u) => joined().some((p) => p.email === u.email)) ??
    (inviter && me.id !== inviter && mayJoin(me) && (!named.length || named.includes(me.id)) ? me : null) ??
    people().find((u) => named.includes(u.id) && mayJoin(u)) ??
    people().find((u) => u.name !== "ann" && mayJoin(u)) ?? people()[1];
  return { ...u, first: u.real.split(" ")[0] };
}

function begin() {
  begun = { since: messages().map((m) => m.ts).sort().at(-1) ?? "", members: world.state.members.map((p) => p.email), invited: false, entered: false, at: 0 };
}

export function startTour() {
  $("#tour-skip").addEventListener("click", () => {
    running = false;
    $("#tour").hidden = true;
    localStorage.setItem("tour", "done");
    sessionStorage.removeItem("tour");
    look(null);
  });
  $("#tour-again").addEventListener("click", () => {
    running = true;
    begin();
    const ann = people().find((u) => u.name === "ann");
    if (ann) actAs(ann.id);
    tourSees();
    $("#composer").focus();
  });
  begun = JSON.parse(sessionStorage.getItem("tour"));
  running = localStorage.getItem("tour") !== "done" || begun !== null;
}

// tourSees moves on to the first step that is not done, one step at a time.
export function tourSees() {
  if (!running) return;
  if (!begun) begin();
  const who = hero();
  const to = steps.findIndex(([, , done]) => !done(who));
  if (to < begun.at) begun.at = to;
  else if (to > begun.at && !waits) {
    begun.at++;
    waits = true;
    setTimeout(() => { waits = false; tourSees(); }, pace);
  }
  sessionStorage.setItem("tour", JSON.stringify(begun));
  show(who);
}

function show(who) {
  const [text, target] = steps[begun.at];
  $("#tour").hidden = false;
  $("#tour-step").textContent = `${begun.at + 1} of ${steps.length}`;
  $("#tour-bar").dataset.at = begun.at + 1;
  const says = text(who);
  if ($("#tour-text").textContent !== says) $("#tour-text").textContent = says;
  $("#tour-skip").textContent = begun.at === steps.length - 1 ? "Done" : "Skip the tour";
  look(target(who));
}

// look marks the newest element that the step is about, or else the way to it: the other pane on a phone,
// or another conversation.
function look(selector) {
  let target = selector && $$(selector).at(-1);
  if (selector && !target?.checkVisibility()) {
    const pane = target?.closest("section")?.id;
    const elsewhere = pane && $("main").dataset.pane !== pane;
    target = $(elsewhere ? `#panes [data-pane=${pane}]` : target && !target.closest("#room") ? "#act-as" : `[data-channel=${card()?.channel ?? "C0DEMOGEN01"}]`);
  }
  if (target?.dataset.channel && !target.checkVisibility()) target = $("#place");
  for (const e of $$(".look-here")) if (e !== target) e.classList.remove("look-here");
  if (target && !target.matches(".look-here")) {
    target.classList.add("look-here");
    target.scrollIntoView({ block: "nearest" }); // a phone shows little of a thread
  }
}
