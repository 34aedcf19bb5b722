// The page. It is drawn again whenever the world changes.
import { $ } from "./dom.js";
import { listen, refresh, whenChanged, world } from "./world.js";
import { drawPeople, drawPlaces, startSide } from "./side.js";
import { drawRoom } from "./room.js";
import { drawShortcuts, startComposer } from "./composer.js";
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

let focused = false; // the composer, once: people begin there

whenChanged(() => {
  const { state } = world;
  linkState(state.connected ? `Bot connected (${state.connected})` : "No bot is connected", state.connected > 0);
  const places = [...state.channels.map((c) => c.id), "direct", ...(state.app.home ? ["home"] : [])];
  if (!places.includes(world.place)) world.place = places[0];
  drawPeople();
  drawRoom(); // before the list of places, which shows what is not read
  drawPlaces();
  drawShortcuts();
  drawPortal();
  drawTrouble();
  showModal();
  tourSees();
  if (!focused) $("#composer").focus();
  focused = true;
});

startPanes();
startSide();
startPortal();
startComposer();
startTrouble();
startTour();
listen(() => linkState("The demo server is gone", false));
refresh();
