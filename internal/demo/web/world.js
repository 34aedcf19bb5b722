// The world as the servers last described it, and what the user looks at. The page has no other state: it
// asks the servers whenever they say that something changed.
import { toast } from "./dom.js";

export const world = {
  state: null, // what /api/state answered
  me: sessionStorage.getItem("me") ?? "", // each tab has its own
  place: "C0DEMOGEN01", // a channel's id, "direct" or "home"
};

let draw = () => {};
export function whenChanged(f) { draw = f; }
export function redraw() { if (world.state) draw(); }

export const userOf = (id) => world.state.users.find((u) => u.id === id);
export const people = () => world.state.users.filter((u) => !u.app);
export const names = {
  user: (id) => userOf(id)?.name ?? id,
  channel: (id) => world.state.channels.find((c) => c.id === id)?.name ?? "a channel",
  group: (id) => world.state.groups.find((g) => g.id === id)?.handle ?? id,
};

// act does something as the acting person.
export async function act(what) {
  try {
    const answer = await fetch("api/act", { method: "POST", body: JSON.stringify({ as: world.me, ...what }) });
    if (!answer.ok) toast(await answer.text());
  } catch {
    toast("The demo server does not answer. Is it still running?");
  }
  return refresh();
}

const suggested = new Map(); // what apps suggest, by view, block and action

const keyOf = (...ids) => ids.join(" ");

// choicesOf returns what the app suggests for a select of a view. It is asked when the select is drawn first.
export function choicesOf(view, block, action) {
  const key = keyOf(view, block, action);
  if (!suggested.has(key)) {
    suggested.set(key, []);
    suggest(view, block, action, "");
  }
  return suggested.get(key);
}

// suggest asks the app what there is for a text, and draws that when it comes. What is chosen stays among it.
export async function suggest(view, block, action, text, chosen) {
  const key = keyOf(view, block, action);
  const list = await ask("api/choices", { method: "POST", body: JSON.stringify({ as: world.me, view, block, action, text }) }) ?? [];
  const kept = suggested.get(key).filter((o) => o.value === chosen && !list.some((other) => other.value === chosen));
  suggested.set(key, [...kept, ...list]);
  redraw();
}

let asking = false, again = false;

// refresh asks for the state and draws it, one request at a time.
export async function refresh() {
  if (asking) { again = true; return; }
  asking = true;
  const state = await ask("api/state?as=" + encodeURIComponent(world.me));
  asking = false;
  if (again || (state && state.me !== world.me)) { again = false; refresh(); } // the user acts as someone else by now
  if (state?.me !== world.me) return;
  world.state = state;
  if (userOf(world.me)) draw();
  else actAs(people()[0].id);
}

// ask returns null if the server is down: the stream tells when it is back.
async function ask(...what) {
  try {
    const answer = await fetch(...what);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

export function actAs(id) {
  world.me = id;
  sessionStorage.setItem("me", id);
  refresh();
}

// listen keeps a stream open. The browser reconnects by itself.
export function listen(gone) {
  const changes = new EventSource("api/changes");
  changes.onmessage = refresh;
  changes.onerror = gone;
}
