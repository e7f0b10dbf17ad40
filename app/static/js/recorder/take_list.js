// The list of takes below the recorder, a fragment of its page: brought anew when there is news, and again and again
// while something in it is being prepared. Not while capture runs, not while it is being played from, and a list
// that says the same stays untouched under whoever reads it. A failure is not said here: the upload speaks of the line.

import { request } from "./server.js";
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

/** What there is to see in it: the form tokens differ each time. */
function essence(element) {
  return element.innerHTML.replace(/ value="[^"]*"/g, "").replace(/\s+/g, " ");
}

/** Bring the list as it is now; as soon as it may be, where it may not be touched. */
export async function refresh() {
  const turn = ++newest;
  clearTimeout(timer);
  const fresh = await fetched();
  if (turn !== newest) return;
  const isUsable = fresh && !isSilent() && !isPlaying();
  if (isUsable && essence(fresh) !== essence(list())) replace(fresh);
  if (!isUsable || "inProcess" in list().dataset) timer = setTimeout(refresh, fresh ? AGAIN_MS : FAILED_MS);
}

async function fetched() {
  if (isSilent() || isPlaying()) return list(); // not worth a request: it could not be shown
  const answer = await request(page.urls.takes, { headers: { Accept: "text/html" } }).catch(() => null);
  const html = await answer?.text().catch(() => "");
  return html ? new DOMParser().parseFromString(html, "text/html").getElementById("takes") : null;
}

function replace(fresh) {
  const old = list();
  const before = states(old);
  const focused = old.contains(document.activeElement) ? document.activeElement.id : null;
  old.replaceWith(fresh);
  if (focused !== null) (document.getElementById(focused) ?? document.getElementById("takes-title")).focus();
  for (const [take, said] of states(fresh)) if (before.has(take) && before.get(take) !== said) say(said, take);
}

/** take -> its name and state in words. */
function states(element) {
  return new Map(
    [...element.querySelectorAll("[data-take]")].map((one) => [
      one.dataset.take,
      [one.querySelector("h3").textContent, one.querySelector("[data-take-state]").textContent.replace(/\s+/g, " ").trim()].join(": "),
    ]),
  );
}

/** Begin to wait where something is being prepared already. */
export function watchTakes() {
  if ("inProcess" in list().dataset) timer = setTimeout(refresh, AGAIN_MS);
}
