// The page: draws everything whenever the world has changed.
import { $ } from "./dom.js";
import { listen, refresh, whenChanged, world } from "./world.js";
import { drawPeople, drawPlaces } from "./side.js";
import { drawRoom } from "./room.js";
import { startComposer } from "./composer.js";
import { drawPortal, startPortal } from "./portal.js";
import { showModal } from "./modal.js";
import { drawTrouble, startTrouble } from "./trouble.js";
import { startTour, tourSees } from "./tour.js";
import { startPanes } from "./panes.js";

function linkState(text, on) {
  const e = $("#link-state");
  if (e.textContent !== text) e.textContent = text;
  e.classList.toggle("on", on);
}

whenChanged(() => {
  const { state } = world;
  linkState(state.connected ? `Bot connected (${state.connected})` : "No bot is connected", state.connected > 0);
  if (!["direct", "home"].includes(world.place) && !state.channels.some((c) => c.id === world.place)) {
    world.place = state.channels[0]?.id ?? "direct";
  }
  drawPeople();
  drawRoom(); // before the list of places, which shows what is not read
  drawPlaces();
  drawPortal();
  drawTrouble();
  showModal();
  tourSees();
});

startPanes();
startPortal();
startComposer();
startTrouble();
startTour();
listen(() => linkState("The demo server is gone", false));
refresh();
