// Shared behaviour of all pages around htmx: the form token, focus and announcements.

import { arrive } from "./arrival.js";
import { lock } from "./busy.js";
import { isSilent, say } from "./recorder/silence.js";
import { isOurs, refusalOf } from "./refusal.js";

const PRESSES = ["click", "submit"];
const words = document.body.dataset;
const failing = new WeakMap(); // element -> the message about its last request, if that failed
let mayFocus = true; // whether the user requested the latest content by pressing something

function formToken() {
  return /** @type {HTMLMetaElement} */ (document.querySelector("meta[name=csrf-token]")).content;
}

/** Start the title with "Error: " exactly while the page shows an error summary (WCAG 2.4.2). */
function retitle() {
  const plain = document.title.replace(`${words.errorPrefix} `, "");
  document.title = document.querySelector(".error-summary") ? `${words.errorPrefix} ${plain}` : plain;
}

/**
 * Return whether a press by the user caused this request. Typing, leaving a field and polling do not count. A failure
 * may then be announced, but the focus must not move, or the next keys would be lost.
 */
function isPressed(event) {
  const cause = event.detail.requestConfig?.triggeringEvent;
  return Boolean(cause?.isTrusted) && PRESSES.includes(cause.type);
}

/**
 * Report a failed request. If the user did not press anything, a repeated failure is announced only once, until a
 * request succeeds.
 */
function tellFailure(event) {
  const { xhr } = event.detail;
  const message = xhr?.status === 401 ? words.signedOut : refusalOf(xhr) || words.failed;
  if (isPressed(event) && !isSilent()) {
    const alert = document.getElementById("alert");
    alert.textContent = message;
    alert.focus();
  } else if (failing.get(event.detail.elt) !== message) say(message, "failed");
  failing.set(event.detail.elt, message);
}

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = formToken();
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.defaultPrevented) return;
  if (isPressed(event)) document.getElementById("alert").replaceChildren(); // clear the message about an earlier attempt
  const button = event.detail.requestConfig.triggeringEvent?.submitter ?? event.detail.elt;
  if (!button.matches("button, a")) return;
  lock(button, true);
  event.detail.xhr.addEventListener("loadend", () => lock(button, false));
});

// Show our own error pages in #alert. For background requests, and for pages of a proxy (even with status 200, such as a
// page to sign in), announce a short message instead.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.defaultPrevented) return;
  mayFocus = isPressed(event);
  const { elt, isError, xhr } = event.detail;
  if (!isError && isOurs(xhr)) return void failing.delete(elt);
  if (isOurs(xhr) && isPressed(event)) return;
  event.detail.shouldSwap = false;
  tellFailure(event);
});

document.addEventListener("htmx:sendError", tellFailure);
document.addEventListener("htmx:timeout", tellFailure);

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "alert") event.detail.target.focus();
});
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) arrive(event.detail.elt, { mayFocus });
});
document.addEventListener("htmx:afterSettle", retitle);
