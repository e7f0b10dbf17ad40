// The recorder's part of the page. Each element says in data-phases when it is shown; countdown and recording show
// the same, so that nothing appears, goes or is renamed when capture begins.

import { clockTime } from "../clock_time.js";
import { page, text, words } from "./words.js";

const FOCUS = { idle: "start", countdown: "stop", paused: "resume", review: "review-heading", offered: "offer-heading" };

const LEAVE_MS = 1000; // less than the countdown waits before it speaks

/** Set a property only when it differs: an attribute that is written again is a change to those who watch. */
function set(element, name, value) {
  if (element && element[name] !== value) element[name] = value;
}

export class View {
  constructor(root) {
    this.root = root;
    /** @type {HTMLElement[]} */
    this.phased = [...document.querySelectorAll("[data-phases]")].map((element) => /** @type {HTMLElement} */ (element));
  }

  /** @returns {any} the element with that id, whichever it is */
  part(id) {
    return document.getElementById(id);
  }

  /** The kind of answer that is chosen: video, audio or signed. */
  get kind() {
    return this.root.querySelector("input[name=kind]:checked")?.value ?? this.root.dataset.kind;
  }

  /** Show the phase. While devices are being opened the page stays as it was, and the focus where it is. */
  render({ phase, from }) {
    set(this.root.dataset, "phase", phase);
    this.#finishLeaving();
    for (const element of this.phased) {
      const phases = element.dataset.phases.split(" ");
      const isHidden = !phases.includes(phase) && !(phase === "preparing" && phases.includes(from));
      if (isHidden && phase === "countdown" && element.contains(document.activeElement)) this.#leave(element);
      else set(element, "hidden", isHidden);
    }
  }

  /** What had the focus goes from sight at once, and a moment later altogether: Orca does not name what gets the focus
      when what had it ends at the same time. */
  #leave(element) {
    element.classList.add("visually-hidden");
    this.leaving = { element, timer: setTimeout(() => this.#finishLeaving(), LEAVE_MS) };
  }

  #finishLeaving() {
    const { element, timer } = this.leaving ?? {};
    if (!element) return;
    clearTimeout(timer);
    this.leaving = null;
    element.classList.remove("visually-hidden");
    if (this.root.dataset.phase !== "countdown") return; // render() goes on
    const hadFocus = element.contains(document.activeElement);
    element.hidden = true;
    if (hadFocus) this.focus("countdown");
  }

  /** Put the focus where the phase begins; never called while capture runs. */
  focus(phase, from) {
    const id = phase === "countdown" && from === "paused" ? "pause" : FOCUS[phase];
    if (id) this.part(id)?.focus();
  }

  /** The visible clock: a timer that no screen reader announces. */
  clock(phase, { seconds = 0, elapsed = 0, limit = null, warning = null, note = "" }) {
    const clock = this.part("clock");
    const time = limit === null ? clockTime(elapsed) : text("clock_of", { time: clockTime(elapsed), limit: clockTime(limit * 1000) });
    const shown = phase === "countdown" ? text("clock_countdown", { seconds }) : text(`clock_${phase}`, { time });
    set(this.part("clock-text"), "textContent", shown);
    const warned = warning === null ? note : text("clock_warning", { length: words(warning * 1000) });
    set(this.part("clock-warning"), "textContent", warned);
    set(clock.dataset, "warning", warning === null ? "" : String(warning));
  }

  showClock(isShown) {
    for (const id of ["clock", "thinking"]) set(this.part(id), "hidden", !isShown);
  }

  /** Whether another portion of time can be asked for; said to the page only while nothing is captured. */
  offerMoreTime(more) {
    set(this.part("more-time"), "hidden", !more?.left);
  }

  /** Stop whatever plays on this page: it would be heard in the recording. */
  hush() {
    /** @type {NodeListOf<HTMLMediaElement>} */
    const players = document.querySelectorAll("video, audio");
    for (const player of players) if (!player.srcObject) player.pause();
  }

  /** The camera's picture, silent, while it is being recorded. */
  preview(stream, kind) {
    const video = this.part("preview");
    video.srcObject = kind === "audio" ? null : stream;
    set(this.part("preview-box"), "hidden", !video.srcObject);
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

  /** Show where the browser asks for permission; null removes the hint. Nobody pressed for it, so it never takes the focus. */
  asking(waiting) {
    const box = this.part("asking");
    set(box, "hidden", !waiting);
    if (!waiting) return;
    this.part("asking-title").textContent = waiting.title;
    this.part("asking-text").textContent = waiting.text;
  }

  offer({ length, why, canGoOn }) {
    this.part("offer-heading").textContent = text("offer_title", { length });
    this.part("offer-text").textContent = [why, text(canGoOn ? "offer_text" : "offer_full")].filter(Boolean).join(" ");
    set(this.part("go-on"), "hidden", !canGoOn);
  }

  /** The recording that has just ended: what was said of it, and the form that keeps it. */
  review(record, { message, unheard, isPlayable }) {
    this.part("review-text").textContent = message;
    this.part("unheard-text").textContent = unheard;
    set(this.part("unheard"), "hidden", !unheard);
    const form = this.part("keep-form");
    if (form && record) form.action = `${page.urls.take}${record.take}/keep`;
    set(this.part("review-note"), "hidden", isPlayable);
  }

  /** The answer to "Time left", in its own live region: the one thing that may be said during capture, on request. */
  timeLeft(answer) {
    const region = this.part("time-left-answer");
    set(region, "textContent", answer && region.textContent === answer ? `${answer}\u00a0` : answer);
  }
}

/** Playing back what was just recorded, from the browser, before the server has prepared it. */
export class Playback {
  #sessions = [];
  #urls = [];

  constructor(place) {
    this.place = place;
  }

  /** Forget what there was: another take begins. */
  clear() {
    this.#sessions = [];
    this.#empty();
  }

  /** A recorder session begins. Its Blobs stay with the browser, on disk when they are large, not in this page. */
  open(type) {
    this.#sessions.push({ type, blobs: [] });
  }

  add(blob) {
    this.#sessions.at(-1).blobs.push(blob);
  }

  /** Make a player for each session. Nothing plays by itself. */
  show(kind) {
    this.#empty();
    const sessions = this.#sessions.filter(({ blobs }) => blobs.length);
    sessions.forEach(({ type, blobs }, index) => {
      const url = URL.createObjectURL(new Blob(blobs, { type: type.split(";")[0] }));
      this.#urls.push(url);
      this.place.append(this.#player(kind, url, text("playback", { part: index + 1, parts: sessions.length })));
    });
    return sessions.length;
  }

  #player(kind, url, label) {
    const player = document.createElement(kind === "audio" ? "audio" : "video");
    Object.assign(player, { controls: true, preload: "metadata", src: url, playsInline: true });
    player.setAttribute("aria-label", label);
    // A recording fresh from the browser does not know its own length until it has been read to the end.
    player.addEventListener(
      "loadedmetadata",
      () => {
        if (player.duration !== Infinity) return;
        player.addEventListener("durationchange", () => (player.currentTime = 0), { once: true });
        player.currentTime = 1e7;
      },
      { once: true },
    );
    return player;
  }

  #empty() {
    this.place.replaceChildren();
    this.#urls.splice(0).forEach((url) => URL.revokeObjectURL(url));
  }
}
