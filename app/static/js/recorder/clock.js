// The time of a recording: counted from timestamps, shown without a sound, and ended at the limit. Pauses, the network
// and a sleeping machine do not count.

import { page } from "./words.js";

const TICK_MS = 250;
const ASLEEP_MS = 15_000; // ticks come four times a second; a gap like this is a lid that was shut

export class RecordedClock {
  #counted;
  #since = null;

  /** `counted`: milliseconds that earlier sessions of the same take have recorded. */
  constructor(counted = 0) {
    this.#counted = counted;
  }

  run(at) {
    this.#since ??= at;
  }

  hold(at) {
    this.#counted = this.elapsed(at);
    this.#since = null;
  }

  /** Count up to `at`. False when the machine slept since the last tick; the sleep is then not counted. */
  tick(at) {
    if (this.#since === null) return true;
    const slept = at - this.#since > ASLEEP_MS;
    if (!slept) this.#counted += at - this.#since;
    this.#since = at;
    return !slept;
  }

  /** Recorded milliseconds at the moment `at` of the same time line. */
  elapsed(at) {
    return this.#counted + (this.#since === null ? 0 : Math.max(0, at - this.#since));
  }
}

/** The limit in force, in recorded time. It can be lengthened at any moment and never becomes shorter. */
export class Limit {
  constructor({ recording_seconds = null, warn_at = [] } = {}) {
    this.seconds = recording_seconds;
    this.warnAt = [...warn_at].sort((a, b) => a - b);
  }

  /** Take over a newer limit, in seconds or null for none; true when it made a difference. */
  lengthen(seconds) {
    if (this.seconds === null || (seconds !== null && seconds <= this.seconds)) return false;
    this.seconds = seconds;
    return true;
  }

  /** Milliseconds left after `elapsed` milliseconds, or null where there is no limit. */
  left(elapsed) {
    return this.seconds === null ? null : Math.max(0, this.seconds * 1000 - elapsed);
  }

  isReached(elapsed) {
    return this.left(elapsed) === 0;
  }

  /** The warning that is due: the smallest number of seconds that the time left has fallen under, or null. */
  warning(elapsed) {
    const left = this.left(elapsed);
    if (left === null) return null;
    return this.warnAt.find((seconds) => left <= seconds * 1000 && seconds < this.seconds) ?? null;
  }
}

/** The clock and the limit of the recording in progress. */
export class Timekeeper {
  #clock = new RecordedClock();
  #limit = new Limit(page.limits);
  #ticker = 0;
  #warned = null;
  #lock = null;
  #told = 0; // recorded time when onSecond was last called
  #asked = 0; // questions for more time that are on their way
  note = ""; // shown with the time while capture runs

  /** `onLimit()` when the limit is reached, `onSleep()` when the machine turns out to have slept, `onSecond(ms)` about once
      for each second that was recorded. */
  constructor(view, { onLimit, onSleep, onSecond = (_ms) => {} }) {
    this.view = view;
    this.onLimit = onLimit;
    this.onSleep = onSleep;
    this.onSecond = onSecond;
  }

  /** A recorder session is about to begin after `counted` ms of the same take; `limits` where they are news. */
  reset(counted, limits = null) {
    this.#clock = new RecordedClock(counted);
    this.#told = counted;
    if (limits) this.#limit = new Limit(limits);
  }

  lengthen(seconds) {
    this.#limit.lengthen(seconds);
  }

  /** Wait with the limit while more time is being asked for: a press in the last second is not too late. */
  async whileAsking(question) {
    this.#asked += 1;
    try {
      return await question;
    } finally {
      this.#asked -= 1;
    }
  }

  /** Capture runs, since `at`: count, and look after the limit. */
  run(at = performance.now()) {
    this.#clock.run(at);
    clearInterval(this.#ticker);
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    this.#keepAwake();
  }

  /** Capture has paused or ended. */
  hold() {
    clearInterval(this.#ticker);
    this.#ticker = 0;
    this.#clock.hold(performance.now());
    this.#lock?.release();
  }

  /** Recorded milliseconds of the take up to now, or up to a moment of performance.now(). */
  elapsed(at = performance.now()) {
    return this.#clock.elapsed(at);
  }

  /** Milliseconds left, or null where there is no limit. */
  get left() {
    return this.#limit.left(this.elapsed());
  }

  /** Put the time into the visible clock; `note` is shown with it, in the same silence. */
  show(phase, note = "") {
    const elapsed = this.elapsed();
    const warning = this.#limit.warning(elapsed);
    if (page.vibrate && warning !== null && warning !== this.#warned) navigator.vibrate?.(200);
    this.#warned = warning;
    this.view.clock(phase, { elapsed, limit: this.#limit.seconds, warning, note });
  }

  #tick() {
    if (!this.#clock.tick(performance.now())) this.onSleep();
    else if (this.left === 0 && !this.#asked) this.onLimit();
    else this.show("recording", this.note);
    const elapsed = this.elapsed();
    if (elapsed - this.#told >= 1000) this.onSecond((this.#told = elapsed));
  }

  async #keepAwake() {
    this.#lock = await navigator.wakeLock?.request("screen").catch(() => null);
    if (!this.#ticker) this.#lock?.release();
  }
}
