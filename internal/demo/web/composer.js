// The line to type in. It suggests the command, its arguments, and people after an @.
import { $, element } from "./dom.js";
import { opensMenu } from "./menu.js";
import { act, names, people, world } from "./world.js";

const command = "/docspace-invite";
const examples = [
  ["", "an invitation for anyone who presses its button"],
  [" user @bob @carol", "two people, as users"],
  [' @bob in "Q3 planning"', "one person, into a room"],
  [' guest @designers "for the archive room"', "a user group, with a note"],
  [" dora@acme.example", "someone who isn't on Slack"],
  [" form", "a dialog"], [" status", "the open invitations"], [" help", "what you can type"],
];
const usage = '[guest | user | roomadmin | admin]  [@people, email addresses…]  [in "room"]  ["note"]';

let chosen = -1; // which suggestion; none at first after a slash, where Enter sends

// offers are the commands suggested after a slash, the last one in channels without the bot.
function offers() {
  const list = examples.map(([rest, note]) => ({ text: command + rest, note }));
  const here = world.state.channels.find((c) => c.id === world.place);
  return here && !here.bot ? [...list, { text: "/invite @" + names.user(world.state.bot), note: "adds the bot to this channel" }] : list;
}

// suggestions returns what the line could be completed to.
function suggestions(text) {
  if (text.startsWith("/") && !text.includes(" ")) return offers().filter((s) => s.text.startsWith(text) && s.text !== text);
  const at = text.match(/(^|\s)@([\w-]*)$/);
  if (!at || !world.state) return [];
  const before = text.slice(0, text.length - at[2].length);
  const asked = text.startsWith("/invite ") ? world.state.users.map((u) => [u.name, u.app ? "the bot" : u.real]) : people().map((u) => [u.name, u.real]);
  return [...asked, ...world.state.groups.map((g) => [g.handle, "user group"])]
    .filter(([name]) => name.startsWith(at[2].toLowerCase()) && name !== at[2])
    .map(([name, note]) => ({ text: before + name + " ", shown: "@" + name, note }));
}

function draw() {
  const text = $("#composer").value;
  const list = document.activeElement === $("#composer") ? suggestions(text) : [];
  chosen = Math.min(chosen, list.length - 1);
  $("#suggestions").hidden = !list.length;
  $("#suggestions").replaceChildren(...list.map((s, i) => element("li", {
    id: "suggestion-" + i, role: "option", "aria-selected": String(i === chosen), onmousedown: (e) => { e.preventDefault(); take(s); },
  }, element("span", {}, s.shown ?? s.text), element("small", {}, s.note))));
  $("#suggestions").children[chosen]?.scrollIntoView({ block: "nearest" });
  $("#composer").setAttribute("aria-expanded", list.length > 0);
  if (chosen >= 0) $("#composer").setAttribute("aria-activedescendant", "suggestion-" + chosen);
  else $("#composer").removeAttribute("aria-activedescendant");
  $("#usage").hidden = !text.startsWith(command + " ") || list.length > 0;
  $("#usage").textContent = usage;
}

function take(s) {
  $("#composer").value = s.text;
  chosen = -1;
  draw();
}

// suggest fills in a line, and leaves it to the person to send it.
export function suggest(line) {
  $("#composer").value = line;
  $("#composer").focus();
  draw();
}

function keydown(e) {
  const list = $("#suggestions").hidden ? [] : suggestions($("#composer").value);
  if (!list.length) return;
  switch (e.key) {
    case "ArrowDown": chosen = (chosen + 1) % list.length; break;
    case "ArrowUp": chosen = chosen <= 0 ? list.length - 1 : chosen - 1; break;
    case "Tab": if (e.shiftKey) return; take(list[Math.max(chosen, 0)]); break;
    case "Enter": if (chosen < 0) return; take(list[chosen]); break;
    case "Escape": $("#suggestions").hidden = true; $("#composer").setAttribute("aria-expanded", "false"); return;
    default: return;
  }
  e.preventDefault();
  if (e.key.startsWith("Arrow")) draw();
}

const shortcuts = () => world.state.app.shortcuts.filter((s) => s.type === "global");

export function drawShortcuts() {
  $("#shortcuts").hidden = !shortcuts().length;
}

export function startComposer() {
  opensMenu($("#shortcuts"), () => shortcuts().map((s) => ({ value: s.callback_id, text: s.name, note: s.description })),
    (s) => act({ do: "shortcut", action: s.value }));
  const line = $("#composer");
  line.addEventListener("input", () => { chosen = /(^|\s)@[\w-]*$/.test(line.value) ? 0 : -1; draw(); });
  line.addEventListener("focus", draw);
  line.addEventListener("blur", () => setTimeout(draw));
  line.addEventListener("keydown", keydown);
  $("#composer-form").addEventListener("submit", (e) => {
    e.preventDefault();
    const text = line.value.trim();
    if (!text) return;
    act({ do: "type", channel: world.place, text });
    line.value = "";
    chosen = -1;
    draw();
  });
}
