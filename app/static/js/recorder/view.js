// The recorder's elements on the page. data-phases says in which phases an element is shown. Countdown and recording
// show the same elements, so that nothing changes when capture begins.

import { clockTime } from "../clock_time.js";
import { set, showPhase } from "./phases.js";
import { focusFor } from "./press.js";
import { showProblem } from "./problem_box.js";
import { showOnce } from "./shown_once.js";
import { page, text, words } from "./words.js";

const FOCUS = { idle: "record", armed: "record", countdown: "record", paused: "pause", review: "review-heading", offered: "offer-heading" };
const LOUD = ["countdown", "recording", "stopping"]; // phases in which a player would be heard in the recording
const HELD = ["record", "pause"]; // buttons that stay in place from Start to Stop, so that the focus can stay on them

export class View {
  constructor(root) {
    this.root = root;
    document.addEventListener("play", (event) => this.#pauseLoud(event), true); // play events do not bubble
  }

  /** Pause a player that was started by a media key during capture. */
  #pauseLoud({ target }) {
    if (LOUD.includes(this.root.dataset.phase ?? "") && target.id !== "preview") target.pause();
  }

  /** @returns {any} the element with this id, whatever its type */
  part(id) {
    return document.getElementById(id);
  }

  /** The chosen kind of answer: video, audio or signed. */
  get kind() {
    return this.root.querySelector("input[name=kind]:checked")?.value ?? this.root.dataset.kind;
  }

  /** Show the elements of a phase. While devices are being opened, the page and the focus do not change. */
  render({ phase, from }) {
    this.#lockPlayers(LOUD.includes(phase));
    showPhase({ phase, from });
    showOnce();
  }

  /** Whether the focus is on a button that stays in place from Start to Stop. */
  get isHeld() {
    return HELD.includes(document.activeElement?.id ?? "");
  }

  /** Move the focus to the first element of a phase. Never called during capture. */
  focus(phase) {
    focusFor(this.part(FOCUS[phase]));
  }

  /**
   * Move the focus to the button of a phase, unless it is on a button that stays. A screen reader speaks the name of a
   * button that gets the focus, but not a new name of the focused button.
   */
  keepFocus(phase) {
    if (!this.isHeld) this.focus(phase);
    this.part("record").scrollIntoView({ block: "nearest" }); // the picture and the clock appear above it
  }

  /** Update the visible clock, which screen readers do not announce. */
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

  /**
   * Show the button for more time and how much a press adds. Only called outside capture. A focused button stays even
   * if no presses are left; pressing it then explains this.
   */
  offerMoreTime(more) {
    const button = this.part("more-time");
    set(button, "hidden", !more?.left && document.activeElement !== button);
    const note = this.part("more-time-note");
    set(note, "hidden", button.hidden);
    set(note, "textContent", more?.left ? text("more_time_adds", { length: words(more.seconds * 1000) }) : text("more_time_none"));
  }

  /** Pause all players on this page, because they would be heard in the recording. */
  hush() {
    for (const player of this.#players()) player.pause();
  }

  /** @returns {HTMLMediaElement[]} all players, without the camera's picture */
  #players() {
    return [...document.querySelectorAll(/** @type {"video"} */ ("video:not(#preview), audio"))];
  }

  /** Pause all players and make them unavailable, or available again. */
  #lockPlayers(isLocked) {
    for (const player of this.#players()) {
      if (isLocked && !player.paused) player.pause();
      set(player, "inert", isLocked);
    }
  }

  /** Show the camera's picture without sound during recording. */
  preview(stream, kind) {
    const video = this.part("preview");
    video.srcObject = kind === "audio" ? null : stream;
    set(this.part("preview-box"), "hidden", !video.srcObject);
    if (video.srcObject) video.play().catch(() => {});
  }

  /** Show a problem and move the focus to it. null hides it. If another tab is recording, offer to record here. */
  problem(problem, isInOtherTab = false) {
    showProblem(problem, isInOtherTab);
  }

  /**
   * Show where the browser asks for permission; null removes the hint. It never takes the focus, because no press
   * caused it.
   */
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
    set(this.part("record"), "hidden", !canGoOn);
  }

  /** Show the recording that has just ended: its message, and the form to keep it. */
  review(record, { message, unheard, isEarly, isPlayable }) {
    set(this.part("early"), "hidden", !isEarly);
    set(this.part("early-text"), "textContent", isEarly ? text("early") : "");
    this.part("review-text").textContent = message;
    this.part("unheard-text").textContent = unheard;
    set(this.part("unheard"), "hidden", !unheard);
    const form = this.part("keep-form");
    Object.assign(this.root.dataset, { take: record?.take ?? "", playable: isPlayable });
    showOnce();
    if (form && record) form.action = `${page.urls.take}${record.take}/keep`;
    set(this.part("review-note"), "hidden", isPlayable);
  }

  /**
   * Announce the time left in its own live region. It is the only announcement during capture, and only on request.
   */
  timeLeft(answer) {
    const region = this.part("time-left-answer");
    set(region, "textContent", answer && region.textContent === answer ? `${answer}\u00a0` : answer);
  }
}
