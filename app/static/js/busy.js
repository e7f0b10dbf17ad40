// Ignores a second press while the first one is being processed.

import { within } from "./arrival.js";

const RELEASE_MS = 10_000; // if there is no response, the button must work again
const DOWNLOAD_RELEASE_MS = 1000; // a download does not replace the page, so only a double click is prevented

export function lock(element, isLocked) {
  if (isLocked) element.setAttribute("aria-disabled", "true");
  else element.removeAttribute("aria-disabled");
}

// The button keeps its place and the focus.
document.addEventListener(
  "click",
  (event) => {
    if (!(/** @type {Element} */ (event.target).closest?.("[aria-disabled=true]"))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

document.addEventListener("submit", (event) => {
  const { submitter } = event;
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (event.defaultPrevented || form.method === "dialog") return; // a script handles it; a dialog only closes
  if ("busy" in form.dataset) return event.preventDefault();
  form.dataset.busy = "";
  if (submitter) lock(submitter, true);
  setTimeout(() => release(form), "download" in form.dataset ? DOWNLOAD_RELEASE_MS : RELEASE_MS);
});

function release(form) {
  delete form.dataset.busy;
  within(form, "[aria-disabled]").forEach((button) => lock(button, false));
}

// When the user goes back to a page that the browser kept, its forms can be sent again.
addEventListener("pageshow", (event) => event.persisted && document.querySelectorAll("form[data-busy]").forEach(release));
