// The troubles that can be switched on, and what to expect then.
import { $, $$, element, patch } from "./dom.js";
import { act, world } from "./world.js";

const switches = {
  "portal-down": ["The portal is down", "Invite someone: only you are told. People already invited are not forgotten."],
  "portal-slow": ["The portal takes 5 s to answer", "Slack still gets its answer at once; the card comes later."],
  "no-links": ["Invitations are turned off", "Only you are told, and who can turn them on."],
  "slack-busy": ["Slack refuses posts (429)", "Nothing is lost: posts come a few seconds after you turn this off."],
  twice: ["Every command comes twice", "There is still one card for each."],
};
const moments = {
  drop: ["Cut all connections", "The bot is back after two seconds: watch the number at the top."],
  refresh: ["Slack refreshes a connection", "No one notices: another one is already open."],
};

export function drawTrouble() {
  const on = world.state.trouble;
  $("#trouble-count").hidden = !on.length;
  $("#trouble-count").textContent = `${on.length} on`;
  patch($("#trouble-list"), [
    ...Object.entries(switches).map(([name, [title, note]]) => {
      const box = element("input", { type: "checkbox", "data-trouble": name, checked: on.includes(name), onchange: (e) => act({ do: "trouble", action: name, on: e.target.checked }) });
      return element("label", { "data-key": name }, box, element("span", {}, title, element("small", {}, note)));
    }),
    ...Object.entries(moments).map(([name, [title, note]]) => element("div", { "data-key": name },
      element("button", { "data-trouble": name, onclick: () => act({ do: "trouble", action: name, on: true }) }, title), element("small", {}, note))),
  ]);
}

export function startTrouble() {
  const menu = $("#trouble");
  document.addEventListener("pointerdown", (e) => { if (!menu.contains(e.target)) menu.open = false; });
  menu.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && menu.open) { menu.open = false; $$("#trouble summary")[0].focus(); }
  });
}
