// The list of takes below the recorder, a fragment that htmx brings: when to bring it, when to wait, what to say of it.

import { isSilent, say } from "./silence.js";

const told = new Map(); // take -> what the list was last told of it
let states = new Map(); // take -> its state in words, as shown
let isWaiting = false; // there is news, and something is being played in the list

/** Let the list load itself anew. */
export function refresh() {
  document.body.dispatchEvent(new CustomEvent("fairtake:changed"));
}

/** Load the list when a take was stopped or has arrived since the last call. */
export function refreshOnNews(uploads) {
  for (const { record, state } of uploads) {
    const news = state === "done" ? "done" : record.stop?.sent ? "stopped" : "";
    if (news && told.get(record.take) !== news) refresh();
    told.set(record.take, news);
  }
}

function readStates() {
  const articles = [...document.querySelectorAll("#takes [data-take]")];
  return new Map(articles.map((one) => [one.dataset.take, [
    one.querySelector("h3").textContent, one.querySelector("[data-take-state]").textContent.replace(/\s+/g, " ").trim(),
  ]]));
}

/** Say how a take stands when that has changed, and not when the same list has come again. */
function sayChanges() {
  const now = readStates();
  for (const [take, [name, state]] of now) {
    if (states.has(take) && states.get(take)[1] !== state) say(`${name}: ${state}`, take);
  }
  states = now;
}

/** A list that is being played from is not replaced; it comes when the player is paused. */
function waitForPlayer(event) {
  if (![...event.detail.target.querySelectorAll("video, audio")].some((player) => !player.paused)) return;
  event.preventDefault();
  isWaiting = true;
}

function catchUp() {
  if (!isWaiting || isSilent()) return;
  isWaiting = false;
  refresh();
}

states = readStates();
document.addEventListener("htmx:beforeSwap", waitForPlayer);
document.addEventListener("htmx:afterSettle", sayChanges);
for (const name of ["pause", "ended"]) document.addEventListener(name, catchUp, true);
