// The recorder's part of the page. Each element says in data-phases when it is shown; countdown and recording show
// the same, so that nothing appears, goes or is renamed when capture begins.

import { digits, words } from "./durations.js";
import { page, text } from "./page.js";

const FOCUS = { idle: "start", countdown: "stop", paused: "resume", review: "review-heading", offered: "offer-heading" };

/** Set a property only when it differs: an attribute that is written again is a change to those who watch. */
function set(element, name, value) {
  if (element && element[name] !== value) element[name] = value;
}

export class View {
  constructor(root) {
    this.root = root;
    this.phased = [...root.querySelectorAll("[data-phases]")];
  }

  part(id) {
    return document.getElementById(id);
  }

  /** The kind of answer that is chosen: video or audio. */
  get kind() {
    return this.root.querySelector("input[name=kind]:checked")?.value ?? this.root.dataset.kind;
  }

  /** Show the phase. While devices are being opened the page stays as it was, and the focus where it is. */
  render({ phase, from }) {
    set(this.root.dataset, "phase", phase);
    for (const element of this.phased) {
      const phases = element.dataset.phases.split(" ");
      set(element, "hidden", !phases.includes(phase) && !(phase === "preparing" && phases.includes(from)));
    }
  }

  /** Put the focus where the phase begins; never called while capture runs. */
  focus(phase, from) {
    const id = phase === "countdown" && from === "paused" ? "pause" : FOCUS[phase];
    if (id) this.part(id).focus();
  }

  /** The visible clock: a timer that no screen reader announces. */
  clock(phase, { seconds = 0, elapsed = 0, limit = null, warning = null }) {
    const clock = this.part("clock");
    const time = limit === null ? digits(elapsed) : text("clock_of", { time: digits(elapsed), limit: digits(limit * 1000) });
    const shown = phase === "countdown" ? text("clock_countdown", { seconds }) : text(`clock_${phase}`, { time });
    set(this.part("clock-text"), "textContent", shown);
    set(this.part("clock-warning"), "textContent", warning === null ? "" : text("clock_warning", { length: words(warning * 1000) }));
    set(clock.dataset, "warning", warning === null ? "" : String(warning));
  }

  showClock(isShown) {
    set(this.part("clock"), "hidden", !isShown);
  }

  /** Whether another portion of time can be asked for; said to the page only while nothing is captured. */
  offerMoreTime(more) {
    set(this.part("more-time"), "hidden", !more?.left);
  }

  /** The camera's picture, silent, while it is being recorded. */
  preview(stream, kind) {
    const video = this.part("preview");
    video.srcObject = kind === "video" ? stream : null;
    set(this.part("preview-box"), "hidden", !stream || kind !== "video");
    if (video.srcObject) video.play().catch(() => {});
  }

  /** What went wrong, in words and with the focus; null takes it away. */
  problem(problem) {
    const box = this.part("problem");
    set(box, "hidden", !problem);
    if (!problem) return;
    this.part("problem-title").textContent = problem.title;
    this.part("problem-text").textContent = problem.text;
    box.focus();
  }

  offer({ length, reason, canGoOn }) {
    this.part("offer-heading").textContent = text("offer_title", { length });
    this.part("offer-text").textContent = [reason, text(canGoOn ? "offer_text" : "offer_full")].filter(Boolean).join(" ");
    set(this.part("go-on"), "hidden", !canGoOn);
  }

  /** The recording that has just ended: the form that keeps it, and whether all of it can be played here. */
  review(record, isPlayable) {
    const form = this.part("keep-form");
    if (form && record) form.action = `${page.urls.take}${record.take}/keep`;
    set(this.part("review-note"), "hidden", isPlayable);
  }

  /** The answer to "Time left", in its own live region: the one thing that may be said during capture, on request. */
  timeLeft(answer) {
    const region = this.part("time-left-answer");
    region.textContent = region.textContent === answer ? `${answer}\u00a0` : answer;
  }
}
