// What every page does around htmx: the form token, where the focus goes, what is said, and no second press.

import { isSilent, say } from "./recorder/silence.js";

const RELEASE_MS = 10_000; // an answer that is a download leaves the page where it is: the button must work again
const words = document.body.dataset;

/** All elements in and including a root that match. */
function within(root, selector) {
  return [...(root.matches?.(selector) ? [root] : []), ...root.querySelectorAll(selector)];
}

/** After a swap, and when the page comes: focus what asks for it, say what asks to be said. */
function arrive(root) {
  for (const element of within(root, "[data-say]")) say(element.dataset.say, "arrived");
  within(root, "[data-focus]")[0]?.focus();
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

/** A request that nobody made by hand, such as a poll: its failure may be said, and never takes the focus. */
function isByHand(event) {
  return Boolean(event.detail.requestConfig?.triggeringEvent?.isTrusted);
}

function showFailure() {
  const alert = document.getElementById("alert");
  alert.textContent = words.failed;
  alert.focus();
}

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]").content;
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.defaultPrevented) return;
  if (isByHand(event)) document.getElementById("alert").replaceChildren(); // what it said was about an earlier try
  const button = event.detail.requestConfig.triggeringEvent?.submitter ?? event.detail.elt;
  if (!button.matches("button, a")) return;
  lock(button, true);
  event.detail.xhr.addEventListener("loadend", () => lock(button, false));
});

// An error page comes into #alert. One that nobody waits for, or one that some proxy wrote, is said in our own words.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!event.detail.isError || event.defaultPrevented) return;
  const isOurs = event.detail.xhr.getResponseHeader("Vary")?.includes("HX-Request");
  if (isOurs && isByHand(event)) return;
  event.detail.shouldSwap = false;
  if (isByHand(event)) showFailure();
  else say(words.failed, "failed");
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (isByHand(event) && !isSilent()) showFailure();
    else say(words.failed, "failed");
  });
}

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "alert") event.detail.target.focus();
});
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) arrive(event.detail.elt);
});
document.addEventListener("htmx:afterSettle", retitle);

// A second press while the first is under way does nothing; the button stays where it is and keeps the focus.
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[aria-disabled=true]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented) return; // a script has it
  if ("busy" in form.dataset) return event.preventDefault();
  form.dataset.busy = "";
  if (submitter) lock(submitter, true);
  setTimeout(() => release(form), RELEASE_MS);
});

function release(form) {
  delete form.dataset.busy;
  within(form, "[aria-disabled]").forEach((button) => lock(button, false));
}

// Back to a page that the browser kept: its forms can be sent again.
addEventListener("pageshow", (event) => event.persisted && document.querySelectorAll("form[data-busy]").forEach(release));

arrive(document);
