// What can be made to go wrong, and what is to be expected then.
import { $, $$, element, patch } from "./dom.js";
import { act, world } from "./world.js";

const switches = {
  "portal-down": ["The portal is down", "Invite: you alone are told. Who waits already is not forgotten."],
  "portal-slow": ["The portal takes 5 s to answer", "Slack is answered at once all the same; the card comes late."],
  "no-links": ["The portal lets nobody invite", "You alone are told who can change that."],
  "slack-busy": ["Slack refuses posts (429)", "Nothing is lost: it comes some seconds after you switch this off."],
  twice: ["Every command comes twice", "There is one card each all the same."],
};
const moments = {
  drop: ["Cut all connections", "The bot is back after two seconds: watch the number at the top."],
  refresh: ["Slack refreshes a connection", "Nobody notices: another one is open meanwhile."],
};

export function drawTrouble() {
  const on = world.state.trouble ?? [];
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
