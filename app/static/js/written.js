// Saves a written answer while the candidate types. Text that has not reached the server is kept in this browser,
// saving is retried, and kept text is offered when the page is opened again.

import { say } from "./recorder/silence.js";
import { refusalOf } from "./refusal.js";
import { Kept } from "./typed/kept.js";
import { renewFormToken } from "./typed/token.js";

const RETRY_MS = 5000;
const STALE = [400, 401]; // signed out, or signed in again in another tab, so the form token is no longer valid

const form = /** @type {HTMLFormElement} */ (document.getElementById("written"));
const box = form.elements.text;
const kept = new Kept("written", form.dataset.owner, form.dataset.question);
let isKept = true; // whether this browser has stored the text
let isFailing = false;
let isTyped = false; // whether the box has text that the server may not have
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

box.addEventListener("input", () => {
  isTyped = true;
  isKept = kept.write(box.value);
  if (!isFailing) show("isNotSaved");
});

// The response refers to the text that was sent. More may have been typed since.
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt !== box) return;
  isFailing = !event.detail.successful;
  clearTimeout(retry);
  if (isFailing) return failed(event.detail.xhr);
  const sent = event.detail.requestConfig.formData.get("text");
  if (!saving().hasAttribute("data-saved")) return;
  if (sent !== box.value) return show("isNotSaved");
  isTyped = false;
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

function offer(text) {
  const offered = document.getElementById("unsaved");
  offered.hidden = false;
  say(offered.querySelector("p").textContent, "kept");
  const answered = () => {
    offered.hidden = true;
    box.focus();
  };
  document.getElementById("put-back").addEventListener("click", () => {
    kept.decide(box.value === initial ? undefined : box.value);
    box.value = text;
    isTyped = true;
    kept.write(text);
    answered();
    save();
  });
  document.getElementById("throw-away").addEventListener("click", () => {
    kept.decide();
    if (isTyped) kept.write(box.value);
    else kept.forget();
    answered();
  });
}

const initial = box.value;
const offered = kept.offered((text) => text === initial);
if (offered) offer(offered.work);
else if (saving().hasAttribute("data-saved")) kept.forget();
kept.announceIn(form);
