// The tour: a few steps that go on by themselves when the thing has happened. It blocks
// nothing, and can be taken again with whoever has not joined yet.
import { $, $$ } from "./dom.js";
import { actAs, people, world } from "./world.js";

const story = "C0DEMOGEN01"; // the channel where it is told
let at = 0, running = false;
let begun = null; // what was there when the tour began

const messages = () => world.state.channels.flatMap((c) => c.messages);
const isCard = (m) => (m.blocks ?? []).some((b) => (b.elements ?? []).some((e) => e.action_id === "join"));
const cards = () => messages().filter((m) => isCard(m) && !begun.seen.has(m.ts));
const replies = () => messages().filter((m) => m.thread && !begun.seen.has(m.ts));
const signedUp = () => world.state.members.filter((p) => !begun.members.has(p.email));
const frameOpened = () => $("#portal-frame").src !== begun.frame;

// Each step: what it says, what it points at, and when it is done. A step is behind us as
// well when a later one is done.
const steps = [
  [(who) => `Ann is a team lead. Type /docspace-invite user @${who.name} and press Enter.`, "#composer", () => cards().length > 0],
  [(who) => `That is the card. Now be ${who.first}: press the face, or choose under “Acting as”.`, (who) => `[data-user=${who.id}]`, (who) => world.me === who.id],
  [() => "Press Join DocSpace on the card. The portal's page opens beside it.", "[data-action=join]", frameOpened],
  [(who) => `The portal's page is filled in for ${who.first}. Sign up.`, "#portal-frame", () => signedUp().length > 0],
  [() => "The portal sent a letter. Open the Mail tab and confirm the address.", () => $("#mail").hidden ? "#tab-mail" : "[data-confirm]", () => signedUp().some((p) => p.status === "active")],
  [(who) => `${who.first} is active. In a moment the bot confirms it in the card's thread.`, "#messages", () => replies().length > 0],
  [(who) => `Card and thread say so, and ${who.first} has a direct message. Next: /docspace-invite form, or some Trouble?`, "#trouble summary", () => false],
];

// hero is who joins on this tour: the first who could and has not.
function hero() {
  const members = new Set(world.state.members.map((p) => p.email));
  const u = people().find((u) => u.email && u.name !== "ann" && !members.has(u.email)) ?? people()[1];
  return { ...u, first: u.real.split(" ")[0] };
}

function begin() {
  at = 0;
  begun = {
    seen: new Set(messages().map((m) => m.ts)), members: new Set(world.state.members.map((p) => p.email)),
    frame: $("#portal-frame").src, who: hero(),
  };
}

export function startTour() {
  $("#tour-skip").addEventListener("click", () => {
    running = false;
    $("#tour").hidden = true;
    localStorage.setItem("tour", "done");
    look(null);
  });
  $("#tour-again").addEventListener("click", () => {
    running = true;
    begun = null;
    const ann = people().find((u) => u.name === "ann");
    if (ann) actAs(ann.id);
    tourSees();
    $("#tour-skip").focus();
  });
  running = localStorage.getItem("tour") !== "done";
}

// tourSees goes on as far as the story has come.
export function tourSees() {
  if (!running) return;
  if (!begun) begin();
  steps.forEach(([, , done], i) => { if (i >= at && done(begun.who)) at = i + 1; });
  show();
}

function show() {
  const [text, target] = steps[at];
  $("#tour").hidden = false;
  $("#tour-step").textContent = `${at + 1} of ${steps.length}`;
  $("#tour-bar").dataset.at = at + 1;
  const says = text(begun.who);
  if ($("#tour-text").textContent !== says) $("#tour-text").textContent = says;
  $("#tour-skip").textContent = at === steps.length - 1 ? "Done" : "Skip the tour";
  look(typeof target === "string" ? target : target(begun.who));
}

// look marks the newest element that the step speaks of, or on a phone the way to it.
function look(selector) {
  let target = selector && $$(selector).at(-1);
  if (target && !target.checkVisibility()) {
    const pane = target.closest("section")?.id;
    const elsewhere = pane && $("main").dataset.pane !== pane;
    target = $(elsewhere ? `#panes [data-pane=${pane}]` : target.closest("#room") ? `[data-channel=${story}]` : "#act-as");
  }
  for (const e of $$(".look-here")) if (e !== target) e.classList.remove("look-here");
  target?.classList.add("look-here");
}
