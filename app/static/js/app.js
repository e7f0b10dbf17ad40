// What every page does around htmx: the form token, where the focus goes, what is said, and no second press.

import { isSilent, say } from "./recorder/silence.js";
import { refusalOf } from "./refusal.js";

const RELEASE_MS = 10_000; // an answer that never comes leaves the page where it is: the button must work again
const DOWNLOAD_RELEASE_MS = 1000; // a download leaves the page where it is too, and may be wanted again: no more than a double click is held back
const PRESSES = ["click", "submit"];
const words = document.body.dataset;
const failing = new WeakMap(); // element -> what was said of its last request, which failed
let mayFocus = true; // whether somebody pressed for what has come last

function formToken() {
  return /** @type {HTMLMetaElement} */ (document.querySelector("meta[name=csrf-token]")).content;
}

/** All elements in and including a root that match. */
function within(root, selector) {
  return [...(root.matches?.(selector) ? [root] : []), ...root.querySelectorAll(selector)];
}

/** After a swap, and when the page comes: say what asks to be said, focus what asks for it unless nobody pressed for it. */
function arrive(root, { mayFocus = true } = {}) {
  for (const element of within(root, "[data-say]")) say(element.dataset.say, "arrived");
  if (mayFocus) within(root, "[data-focus]")[0]?.focus();
}

/** The title says "Error: " first exactly while the page shows an error summary (WCAG 2.4.2). */
function retitle() {
  const plain = document.title.replace(`${words.errorPrefix} `, "");
  document.title = document.querySelector(".error-summary") ? `${words.errorPrefix} ${plain}` : plain;
}

function lock(element, isLocked) {
  if (isLocked) element.setAttribute("aria-disabled", "true");
  else element.removeAttribute("aria-disabled");
}

/** Whether a person pressed for this request. Typing, leaving a field and a poll are no press: their failure may be said,
    and never moves the focus, or the next keys would be lost. */
function isPressed(event) {
  const cause = event.detail.requestConfig?.triggeringEvent;
  return Boolean(cause?.isTrusted) && PRESSES.includes(cause.type);
}

/** Tell that a request failed. One that nobody pressed is said once, and again only after it has succeeded between. */
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
  if (isPressed(event)) document.getElementById("alert").replaceChildren(); // what it said was about an earlier try
  const button = event.detail.requestConfig.triggeringEvent?.submitter ?? event.detail.elt;
  if (!button.matches("button, a")) return;
  lock(button, true);
  event.detail.xhr.addEventListener("loadend", () => lock(button, false));
});

// An error page comes into #alert. One that nobody waits for, or one that some proxy wrote, is said in our own words.
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

// A second press while the first is under way does nothing; the button stays where it is and keeps the focus.
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
  if (event.defaultPrevented) return; // a script has it
  if ("busy" in form.dataset) return event.preventDefault();
  form.dataset.busy = "";
  if (submitter) lock(submitter, true);
  setTimeout(() => release(form), "download" in form.dataset ? DOWNLOAD_RELEASE_MS : RELEASE_MS);
});

function release(form) {
  delete form.dataset.busy;
  within(form, "[aria-disabled]").forEach((button) => lock(button, false));
}

// Back to a page that the browser kept: its forms can be sent again.
addEventListener("pageshow", (event) => event.persisted && document.querySelectorAll("form[data-busy]").forEach(release));

arrive(document);
