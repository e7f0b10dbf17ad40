// Brings the video or sound of a question once it is ready, while the page says that it is being prepared. Asks every ten
// seconds while somebody looks at the page. Nothing changes during capture, and nothing is said before it is ready.

import { fetchPage } from "./fresh.js";
import { isSilent, say } from "./silence.js";

const AGAIN_MS = 10_000;
const FAILED_MS = 30_000;

/** Begin to wait where something is being prepared. */
export function watchFilm() {
  const place = document.getElementById("film");
  if (place && "coming" in place.dataset) setTimeout(look, AGAIN_MS, place);
}

/** @param {HTMLElement} place */
async function look(place) {
  if (isSilent() || document.hidden) return setTimeout(look, AGAIN_MS, place);
  const page = await fetchPage();
  const fresh = page?.getElementById("film");
  if (!page || isSilent() || (fresh && "coming" in fresh.dataset)) return setTimeout(look, page ? AGAIN_MS : FAILED_MS, place);
  place.replaceChildren(...(fresh?.childNodes ?? []));
  say(fresh ? place.dataset.ready : place.dataset.gone, "film");
}
