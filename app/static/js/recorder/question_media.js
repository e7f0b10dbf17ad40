// While the page says that the video or sound of a question is being prepared, polls every ten seconds and shows it
// once it is ready. Nothing changes during capture, and nothing is announced before it is ready.

import { playTogether } from "./beside.js";
import { fetchPage } from "./fresh.js";
import { connectNewPlayers } from "./new_players.js";
import { isSilent, say } from "./silence.js";

const AGAIN_MS = 10_000;
const FAILED_MS = 30_000;

/** Show the first picture of each video of the question. It is loaded last, because the recorder is needed before it. */
export function showFirstPicture() {
  /** @type {NodeListOf<HTMLVideoElement>} */
  const players = document.querySelectorAll("video[data-picture]");
  for (const player of players) if (player.closest("#question-media") && player.preload === "none") player.preload = "metadata";
}

/** Start polling if the video or sound of the question is being prepared. */
export function watchQuestionMedia() {
  const place = document.getElementById("question-media");
  if (place && "coming" in place.dataset) setTimeout(look, AGAIN_MS, place);
}

/** @param {HTMLElement} place */
async function look(place) {
  if (isSilent() || document.hidden) return setTimeout(look, AGAIN_MS, place);
  const page = await fetchPage();
  const fresh = page?.getElementById("question-media");
  if (!page || isSilent() || (fresh && "coming" in fresh.dataset)) return setTimeout(look, page ? AGAIN_MS : FAILED_MS, place);
  place.replaceChildren(...(fresh?.childNodes ?? []));
  playTogether();
  connectNewPlayers(place);
  showFirstPicture();
  say(fresh ? place.dataset.ready : place.dataset.gone, "question-media");
}
