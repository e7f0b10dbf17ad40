// Notes with a time: the time of a note seeks in the recording, and a button fills in the current time.

import { goInto } from "./seek.js";
import { clockTime } from "../clock_time.js";

/** Connect the notes of an answer to its recording. */
export function connectNotes(section, media) {
  section.addEventListener("click", (event) => {
    const link = event.target.closest("[data-seek]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    goInto(media, Number(link.dataset.seek));
  });
  const button = section.querySelector("[data-note-now]");
  button.hidden = false;
  button.addEventListener("click", () => {
    /** @type {HTMLInputElement} */ (document.getElementById("note-at")).value = clockTime(media.currentTime * 1000);
    document.getElementById("note-text").focus();
  });
}
