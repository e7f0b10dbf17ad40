// Delays sending the answers until this browser has uploaded them, unless the server has a question first. The user sees how many seconds are left, can send
// without waiting, and is told if the upload stalls.

import { isPending, secondsOf, toldOf } from "./coming.js";
import { after } from "./patience.js";
import { say } from "./silence.js";
import { page, text, words } from "./words.js";

const STALLED_MS = 60_000; // if nothing arrives for this long, the user decides

function remaining(uploads) {
  return words(1000 * uploads.filter(isPending).reduce((sum, one) => sum + secondsOf(one), 0));
}

/** Return how many recordings have ended with a part missing. */
function lost(uploads) {
  return uploads.filter(({ record, held, state }) => held.length || (state === "done" && record.lostMs >= 500)).length;
}

export class Sending {
  #button; // the button "Send my answers"
  #endWait = () => {};
  #sent = ""; // the progress when the wait began
  #lost = 0; // number of incomplete recordings that the user knew about before pressing the button
  #isWaiting = false;

  /** @param {HTMLFormElement} form */
  constructor(form, uploads) {
    this.form = form;
    this.uploads = uploads;
    this.note = document.getElementById("send-wait");
    /** @type {HTMLButtonElement} */
    this.now = form.querySelector("[data-send=now]");
    this.#button = form.querySelector("[data-send=wait]");
    form.addEventListener("submit", (event) => this.#submit(event));
  }

  /** Update after an upload has progressed, ended or been refused. */
  update() {
    if (!this.#isWaiting) return;
    if (lost(this.uploads) > this.#lost) return this.#stop(text("send_lost"));
    if (!this.uploads.some(isPending)) return this.#send();
    this.#show(text("send_waiting", { length: remaining(this.uploads) }));
    const sent = this.uploads.map(({ progress }) => progress.sent).join(" ");
    if (sent !== this.#sent) this.#wait(sent);
  }

  #submit(event) {
    const { form } = this;
    form.elements.csrf_token.value = page.csrf;
    if (event.submitter === this.now || this.now === null) {
      form.elements.told.value = toldOf(page, this.uploads) || form.elements.told.value;
    } else if (!("asksFirst" in form.dataset) && this.uploads.some(isPending)) this.#begin(event);
  }

  /** Start waiting. The button keeps the focus, and a second press does nothing. */
  #begin(event) {
    event.preventDefault();
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#lost = lost(this.uploads);
    this.#button.setAttribute("aria-disabled", "true");
    this.now.hidden = false;
    this.#wait("");
    this.update();
    say(this.note.textContent, "send");
  }

  #wait(sent) {
    this.#sent = sent;
    this.#endWait();
    this.#endWait = after(STALLED_MS, () => this.#stop(text("send_stalled", { length: remaining(this.uploads) })));
  }

  #stop(message) {
    this.#end();
    this.#show(message);
    say(message, "send");
  }

  #send() {
    this.#end();
    this.note.hidden = true;
    this.form.requestSubmit(this.#button);
  }

  #end() {
    this.#endWait();
    this.#isWaiting = false;
    this.#button.removeAttribute("aria-disabled");
  }

  #show(message) {
    if (this.note.textContent !== message) this.note.textContent = message;
    this.note.hidden = false;
  }
}
