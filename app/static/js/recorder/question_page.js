// The question page: records, uploads, and goes on with what an earlier page or another device left. Below the recorder
// stands the list of takes, a fragment that htmx brings: here is when to bring it, when to wait, and what to say of it.

import { AnswerSink } from "./answer_sink.js";
import { startThinking } from "./before.js";
import { openStore } from "./part_store.js";
import { findUnfinished } from "./take_record.js";
import { isSilent, say } from "./silence.js";
import { UploadStatus } from "./upload_status.js";
import { wire } from "./wire.js";
import { page, text } from "./words.js";

const told = new Map(); // take -> what the list was last told of it
let states = new Map(); // take -> its state in words, as shown
let isWaiting = false; // there is news, and something is being played in the list

/** Let the list load itself anew. */
function refresh() {
  document.body.dispatchEvent(new CustomEvent("fairtake:changed"));
}

/** Load the list when a take was stopped or has arrived since the last call. */
function refreshOnNews(uploads) {
  for (const { record, state } of uploads) {
    const news = state === "done" ? "done" : record.stop?.sent ? "stopped" : "";
    if (news && told.get(record.take) !== news) refresh();
    told.set(record.take, news);
  }
}

function readStates() {
  const articles = [...document.querySelectorAll("#takes [data-take]")];
  return new Map(articles.map((one) => [one.dataset.take, [
    one.querySelector("h3").textContent, one.querySelector("[data-take-state]").textContent.replace(/\s+/g, " ").trim(),
  ]]));
}

/** Say how a take stands when that has changed, and not when the same list has come again. */
function sayChanges() {
  const now = readStates();
  for (const [take, [name, state]] of now) {
    if (states.has(take) && states.get(take)[1] !== state) say(`${name}: ${state}`, take);
  }
  states = now;
}

/** A list that is being played from is not replaced; it comes when the player is paused. */
function waitForPlayer(event) {
  if (![...event.detail.target.querySelectorAll("video, audio")].some((player) => !player.paused)) return;
  event.preventDefault();
  isWaiting = true;
}

function catchUp() {
  if (!isWaiting || isSilent()) return;
  isWaiting = false;
  refresh();
}

/** The forms below were written when the page came; the token may have been renewed since. */
function freshenToken({ target }) {
  if (target.elements.csrf_token) target.elements.csrf_token.value = page.csrf;
}

async function begin() {
  const store = await openStore();
  let recorder = null;
  const status = new UploadStatus(document.getElementById("upload"), { isDurable: () => store.isDurable });
  const sink = new AnswerSink(page, store, {
    report: (uploads) => {
      status.update(uploads);
      refreshOnNews(uploads);
    },
    onLimit: (seconds) => recorder?.lengthen(seconds),
  });
  recorder = wire(sink, () => {
    status.restart([...sink.uploads.values()]);
    refresh(); // the list was not touched while capture ran
  });
  addEventListener("beforeunload", (event) => {
    const isOpen = [...sink.uploads.values()].some(({ state, progress }) => state !== "done" && progress.total > progress.sent);
    if (isOpen && !store.isDurable) event.preventDefault(); // memory is all there is: ask before it goes
  });

  const { toFinish, offer, isElsewhere } = await findUnfinished(page, store);
  for (const record of toFinish) sink.adopt(record);
  if (toFinish.length) status.restart([...sink.uploads.values()]);
  if (isElsewhere) recorder.view.problem({ title: text("elsewhere_title"), text: text("elsewhere") });
  if (offer) recorder.recover(offer);
  else startThinking(recorder);
}

states = readStates();
document.addEventListener("submit", freshenToken);
document.addEventListener("htmx:beforeSwap", waitForPlayer);
document.addEventListener("htmx:afterSettle", sayChanges);
for (const name of ["pause", "ended"]) document.addEventListener(name, catchUp, true);
begin();
