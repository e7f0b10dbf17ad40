// Tells the person that the camera and the microphone are being opened, if this takes a moment.

import { after } from "./patience.js";
import { say } from "./silence.js";

const SLOW_MS = 1500;

/** Say and show it after a moment. Returns a function that ends this. */
export function tellGettingReady() {
  const note = /** @type {HTMLElement} */ (document.getElementById("getting-ready"));
  const cancel = after(SLOW_MS, () => {
    note.hidden = false;
    say(note.textContent ?? "");
  });
  return () => {
    cancel();
    note.hidden = true;
  };
}
