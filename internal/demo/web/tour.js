// The tour: a few steps that go on by themselves when the thing has happened. It blocks
// nothing.
const steps = [
  ["Type /docspace-invite user @bob and press Send. Ann is a team lead; the channel is #general.", "#composer", (s) => cards(s).length > 0],
  ["Here is the card. Now be Bob: choose him under “Acting as”.", "#act-as", (s, me) => me === "U0DEMOBOB01"],
  ["Press Join DocSpace on the card. The portal's page opens beside it.", "[data-action=join]", (s) => !document.querySelector("#portal-frame").hidden],
  ["Sign up on the portal's page. The form is filled in for Bob.", "#portal-frame", (s) => (s.mails ?? []).length > 0],
  ["The portal has sent a letter. Open the Mail tab and confirm the address.", "#tab-mail", (s) => s.members.some((m) => m.status === "active" && !m.owner && m.email === "bob@acme.example")],
  ["Bob is active. Watch the card and its thread: the bot confirms him, and writes to him.", "#messages", (s) => replies(s).length > 0],
  ["That was the whole story. Try /docspace-invite form, status or help, or make some Trouble.", "#trouble", () => false],
];
const cards = (s) => s.channels.flatMap((c) => c.messages).filter((m) => (m.blocks ?? []).some((b) => (b.elements ?? []).some((e) => e.action_id === "join")));
const replies = (s) => s.channels.flatMap((c) => c.messages).filter((m) => m.thread);

let at = 0, running = false;

export function startTour() {
  const tour = document.querySelector("#tour");
  document.querySelector("#tour-skip").addEventListener("click", () => { stop(); localStorage.setItem("tour", "done"); });
  document.querySelector("#tour-again").addEventListener("click", () => { at = 0; run(); });
  if (localStorage.getItem("tour") !== "done") run();
  function run() { running = true; tour.hidden = false; show(); }
}

function stop() {
  running = false;
  document.querySelector("#tour").hidden = true;
  look(null);
}

function look(selector) {
  for (const e of document.querySelectorAll(".look-here")) e.classList.remove("look-here");
  if (selector) document.querySelector(selector)?.classList.add("look-here");
}

function show() {
  const [text, selector] = steps[at];
  const step = `${at + 1} of ${steps.length}`;
  if (document.querySelector("#tour-step").textContent !== step) {
    document.querySelector("#tour-step").textContent = step;
    document.querySelector("#tour-text").textContent = text;
    document.querySelector("#tour-skip").textContent = at === steps.length - 1 ? "Done" : "Skip the tour";
  }
  look(selector);
}

// tourSees goes on as far as the story has come.
export function tourSees(state, me) {
  if (!running) return;
  while (at < steps.length - 1 && steps[at][2](state, me)) at++;
  show();
}
