// Shows the upload as a native progress bar with text. It is announced at each quarter, on failure and on recovery. The
// bar is hidden from screen readers, because Orca would announce each value, and the text says the same. Nothing
// changes during capture, because screen readers speak or beep when a progress bar moves.

import { isSilent, say } from "./silence.js";
import { recordedMs } from "./take_record.js";
import { unsentMs } from "./unfinished.js";
import { lostWords, text, words } from "./words.js";

const FAILING = ["refused", "signed_out", "unread", "waiting"];
const MOST_SAID = 6; // announcements of one upload; the last one says that everything has arrived
const WORST_FIRST = [...FAILING, "sending", "done"];

/**
 * Return the state to show. If every byte so far has arrived, the upload counts as done even if the take is not
 * stopped.
 */
function stateOf({ state, progress, record }) {
  const hasArrived = state === "sending" && progress.sent === progress.total && (!record.stop || record.stop.sent);
  return hasArrived ? "done" : state;
}

/**
 * Return a sentence about the recorded time that has not arrived, in whole seconds. Empty if this is zero or unknown.
 */
function restWords(uploads) {
  const records = uploads.filter(({ state, record }) => state !== "done" && record?.segments.length).map(({ record }) => record);
  const expected = ({ segments }) => segments.filter((one) => one.refused === undefined);
  const rest = Math.ceil(Math.round(records.reduce((sum, record) => sum + unsentMs(expected(record)), 0)) / 1000);
  const total = Math.floor(records.reduce((sum, record) => sum + recordedMs(record), 0) / 1000);
  return rest ? text("upload_rest", { rest: words(1000 * rest), length: words(1000 * Math.max(rest, total)) }) : "";
}

/** Summarise the uploads of the page as {sent, total, state, lostMs, isPart, message}. */
export function summarise(uploads) {
  const list = uploads.filter((upload) => upload.progress.total > 0);
  const sum = (name) => list.reduce((total, upload) => total + upload.progress[name], 0);
  const state = WORST_FIRST.find((name) => list.some((upload) => stateOf(upload) === name)) ?? "done";
  const isPart = list.some(({ record }) => record?.segments.some((one) => one.isOpen));
  const lostMs = list.reduce((most, { record }) => Math.max(most, record?.lostMs ?? 0), 0);
  return { sent: sum("sent"), total: sum("total"), state, lostMs, isPart, message: list.find((one) => one.state === state)?.message };
}

/** Return the completed quarter: 0, 25, 50, 75, or 100 only when everything has arrived. */
export function quarter({ sent, total, state }) {
  if (state === "done") return 100;
  return total ? Math.min(75, 25 * Math.floor((4 * sent) / total)) : 0;
}

export class UploadStatus {
  #said = null; // the last announced quarter; null before the first recording
  #state = "sending";
  #count = 0; // announcements of this upload
  #failed = new Set(); // failures that were announced

  /**
   * @param {HTMLElement} box
   * @param {{isDurable?: () => boolean, isAll?: () => boolean}} questions
   */
  constructor(box, { isDurable = () => true, isAll = () => true } = {}) {
    this.box = box;
    this.isDurable = isDurable;
    this.isAll = isAll;
    this.bar = box.querySelector("progress");
    /** @type {any} */
    this.title = box.querySelector("[data-upload-title]");
    this.words = box.querySelector("[data-upload-text]");
  }

  /** Start announcing quarters after a recording has ended. Quarters that were already reached are skipped. */
  restart(uploads) {
    this.#said = quarter(summarise(uploads));
    if (this.#said === 100) this.#said = 75;
    this.#count = 0;
    this.#failed.clear();
    this.update(uploads);
  }

  /** Say that the browser's store could not be read, and hide the progress bar. */
  unread() {
    for (const part of [this.bar, this.title]) part.hidden = true;
    this.words.textContent = text("unread");
    this.box.hidden = false;
    say(text("unread"), "upload");
  }

  update(uploads) {
    const now = summarise(uploads);
    if (isSilent() || !now.total) return;
    const percent = now.state === "done" ? 100 : Math.min(99, Math.floor((100 * now.sent) / now.total));
    const rest = restWords(uploads);
    this.#show(now, percent, rest);
    this.#announce(now, percent, rest);
  }

  #show({ state, message, lostMs, isPart }, percent, rest) {
    const isDone = state === "done";
    const lost = isDone && lostWords(lostMs, "upload_done_lost");
    const name = isDone && (isPart || !this.isAll()) ? "upload_done_here" : `upload_${state}`;
    const parts = [lost || text(name, { percent })];
    if (rest && !isDone) parts.push(rest);
    if (state === "refused" && message) parts.push(message);
    if (!this.isDurable() && state !== "done") parts.push(text("upload_stay"));
    if (this.box.hidden) this.box.hidden = false;
    this.bar.value = percent;
    const said = parts.join(" ");
    if (this.words.textContent !== said) this.words.textContent = said;
  }

  #announce(now, percent, rest) {
    const before = this.#state;
    this.#state = now.state;
    if (FAILING.includes(now.state)) return this.#announceFailure(now.state, percent, rest);
    if (now.state === "sending" && FAILING.includes(before)) this.#say(text("upload_resumed"), MOST_SAID - 1);
    const reached = quarter(now);
    if (this.#said === null || reached <= this.#said) return;
    this.#said = reached;
    if (reached === 100) this.#say(this.words.textContent);
    else this.#say(`${text("upload_quarter", { percent: reached })} ${rest}`.trim(), MOST_SAID - 1);
  }

  /** Announce each kind of failure once, because on a bad connection the same failure repeats. */
  #announceFailure(state, percent, rest) {
    if (this.#failed.has(state)) return;
    this.#failed.add(state);
    this.#say(`${text(`upload_${state}`, { percent })} ${rest}`.trim());
  }

  /** Announce a message, unless this upload has already been announced `most` times. */
  #say(message, most = Infinity) {
    if (this.#count >= most) return;
    this.#count += 1;
    say(message, "upload");
  }
}
