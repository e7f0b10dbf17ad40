// Updates the list of takes below the recorder: when something changes, and regularly while a take is being
// processed. The list does not change during capture or while one of its players is playing, or if the new content is
// the same. Failures are not announced here, because the upload status shows connection problems.

import { fetchPage } from "./fresh.js";
import { connectNewPlayers } from "./new_players.js";
import { showOnce } from "./shown_once.js";
import { isSilent, say } from "./silence.js";
import { page } from "./words.js";

const AGAIN_MS = 3000;
const FAILED_MS = 15_000;

let timer = 0;
let newest = 0;

function list() {
  return document.getElementById("takes");
}

function isPlaying() {
  /** @type {NodeListOf<HTMLMediaElement>} */
  const players = list().querySelectorAll("video, audio");
  return [...players].some((player) => !player.paused);
}

/** Return the visible content of the list. Form tokens are left out, because they differ each time. */
function essence(element) {
  return element.innerHTML.replace(/ value="[^"]*"/g, "").replace(/\s+/g, " ");
}

/** Load the current list. If it may not change now, try again later. */
export async function refresh() {
  const turn = ++newest;
  clearTimeout(timer);
  const fresh = await fetched();
  if (turn !== newest) return;
  if (fresh && fresh !== list()) showOnce(fresh);
  const isUsable = fresh && !isSilent() && !isPlaying();
  if (isUsable && essence(fresh) !== essence(list())) replace(fresh);
  if (!isUsable || "inProcess" in list().dataset) timer = setTimeout(refresh, fresh ? AGAIN_MS : FAILED_MS);
}

async function fetched() {
  if (isSilent() || isPlaying()) return list(); // a new list could not be shown now
  return (await fetchPage(page.urls.takes))?.getElementById("takes") ?? null;
}

function replace(fresh) {
  const old = list();
  const before = states(old);
  const focused = old.contains(document.activeElement) ? document.activeElement.id : null;
  old.replaceWith(fresh);
  connectNewPlayers(fresh);
  if (focused !== null) (document.getElementById(focused) ?? document.getElementById("takes-title")).focus();
  const inProcess = [...fresh.querySelectorAll("[data-take-in-process]")].map((one) => one.dataset.take);
  for (const [take, said] of states(fresh)) {
    // Only the end of processing is announced, because uploads have their own announcements.
    if (before.has(take) && before.get(take) !== said && !inProcess.includes(take)) say(said, take);
  }
}

/** Return a map from take id to its name and state in words. */
function states(element) {
  return new Map(
    [...element.querySelectorAll("[data-take]")].map((one) => [
      one.dataset.take,
      [one.querySelector("h3").textContent, one.querySelector("[data-take-state]").textContent.replace(/\s+/g, " ").trim()].join(": "),
    ]),
  );
}

/** Start polling if a take is already being processed. */
export function watchTakes() {
  if ("inProcess" in list().dataset) timer = setTimeout(refresh, AGAIN_MS);
}
