// Protects the button that sends the answers from an accidental second press: a trembling hand may press "Keep this
// answer" twice, and the button of the next page may now be under the pointer.

import { BOUNCE_MS } from "./presses.js";

/** Ignore presses with a pointer right after the page is shown. Keys are safe, because the focus is on the heading. */
export function protectSending() {
  const shownAt = performance.now();
  /** @type {HTMLFormElement} */
  const form = document.querySelector("form#send");
  form?.addEventListener("click", (event) => {
    const isPointer = event.detail > 0; // 0: a key, or software such as a screen reader
    if (isPointer && event.timeStamp - shownAt < BOUNCE_MS) event.preventDefault();
  });
}
