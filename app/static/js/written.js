// Saves a written answer while the candidate types. Text that has not reached the server is kept in this browser,
// saving is retried, and kept text is offered when the page is opened again.

import { isOurs, refusalOf } from "./refusal.js";
import { Kept } from "./typed/kept.js";
import { offerVersions } from "./typed/offer.js";
import { renewFormToken } from "./typed/token.js";

const RETRY_MS = 5000;
const STALE = [400, 401]; // signed out, or signed in again in another tab, so the form token is no longer valid

const form = /** @type {HTMLFormElement} */ (document.getElementById("written"));
const box = form.elements.text;
const kept = new Kept("written", form.dataset.owner, form.dataset.question);
let isKept = true; // whether this browser has stored the text
let isFailing = false;
let retry = 0;

function saving() {
  return document.getElementById("saved");
}

/** Show whether the text is saved. This is not announced, because it would be heard after every pause in typing. */
function show(words) {
  /** @type {HTMLElement} */
  const hint = saving().querySelector("[data-is-saved]");
  if (hint) hint.textContent = hint.dataset[words] ?? words;
}

function save() {
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

function keep() {
  isKept = kept.write(box.value);
}

box.addEventListener("input", () => {
  keep();
  if (!isFailing) show("isNotSaved");
});

// The response refers to the text that was sent. More may have been typed since.
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt !== box) return;
  isFailing = !event.detail.successful || !isOurs(event.detail.xhr);
  clearTimeout(retry);
  if (isFailing) return failed(event.detail.xhr);
  const sent = event.detail.requestConfig.formData.get("text");
  if (!saving().hasAttribute("data-saved")) return;
  if (sent !== box.value) return show("isNotSaved");
  kept.forget();
});

/** Show that saving failed, and try again unless the server refused. app.js announces the failure once. */
function failed(xhr) {
  const refusal = refusalOf(xhr);
  if (refusal) return show(refusal);
  if (xhr.status === 401) show("isSignedOut");
  else show(isKept ? "isKept" : "isNotKept");
  retry = setTimeout(async () => {
    if (STALE.includes(xhr.status)) await renewFormToken();
    save();
  }, RETRY_MS);
}

/** Replace the text in the box. The replaced text is offered when the page is opened again. */
function restore({ id, work }) {
  if (box.value.trim() && kept.write(box.value)) kept.setAside();
  box.value = work;
  keep();
  if (isKept) kept.remove(id);
  save();
  return box;
}

function discard({ id }) {
  kept.remove(id);
  return box;
}

const isReturned = kept.continued((text) => text === box.value) !== null; // the page shows text that was sent with the form
if (saving().hasAttribute("data-saved")) kept.forget();
else if (isReturned || box.value !== box.defaultValue) keep(); // or the browser went back to a page with typed text
for (const { id, work } of kept.versions()) {
  if (work === box.value || !work.trim()) kept.remove(id);
}
offerVersions(document.getElementById("unsaved"), kept.versions(), { textOf: (text) => text, restore, discard });
kept.announceIn(form);
