// Shared behaviour of all pages around htmx: the form token, focus, announcements, and protection against double
// presses.

import { isSilent, say } from "./recorder/silence.js";
import { refusalOf } from "./refusal.js";

const RELEASE_MS = 10_000; // if no answer comes, the button must work again
const DOWNLOAD_RELEASE_MS = 1000; // a download does not replace the page, so only a double click is prevented
const PRESSES = ["click", "submit"];
const words = document.body.dataset;
const failing = new WeakMap(); // element -> the message about its last request, if that failed
let mayFocus = true; // whether the latest content was requested by a press

function formToken() {
  return /** @type {HTMLMetaElement} */ (document.querySelector("meta[name=csrf-token]")).content;
}

/** Return all elements that match, including the root. */
function within(root, selector) {
  return [...(root.matches?.(selector) ? [root] : []), ...root.querySelectorAll(selector)];
}

/**
 * Announce messages and set the focus after a swap or page load. The focus moves only if the user pressed something.
 */
function arrive(root, { mayFocus = true } = {}) {
  for (const element of within(root, "[data-say]")) say(element.dataset.say, "arrived");
  if (mayFocus) within(root, "[data-focus]")[0]?.focus();
}

/** Start the title with "Error: " exactly while the page shows an error summary (WCAG 2.4.2). */
function retitle() {
  const plain = document.title.replace(`${words.errorPrefix} `, "");
  document.title = document.querySelector(".error-summary") ? `${words.errorPrefix} ${plain}` : plain;
}

function lock(element, isLocked) {
  if (isLocked) element.setAttribute("aria-disabled", "true");
  else element.removeAttribute("aria-disabled");
}

/**
 * Return whether a press by the user caused this request. Typing, leaving a field and polling do not count: a failure
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

// Show our own error pages in #alert. For background requests, and for error pages from proxies, announce a short
// message instead.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.defaultPrevented) return;
  mayFocus = isPressed(event);
  if (!event.detail.isError) return void failing.delete(event.detail.elt);
  const isOurs = event.detail.xhr.getResponseHeader("Vary")?.includes("HX-Request");
  if (isOurs && isPressed(event)) return;
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

// Ignore a second press while the first is being processed. The button keeps its place and the focus.
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
  if (event.defaultPrevented) return; // another script handles it
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

arrive(document);
