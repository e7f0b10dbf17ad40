// The recorded time: calculated from timestamps, shown silently, and stopped at the limit. Pauses, network delays and
// sleep do not count.

import { page } from "./words.js";

const TICK_MS = 250;
const ASLEEP_MS = 15_000; // ticks come every 250 ms; a gap of this length means that the machine slept

export class RecordedClock {
  #counted;
  #since = null;

  /** `counted` is the recorded time of earlier sessions of the same take, in milliseconds. */
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

  /** Count up to `at`. Returns false if the machine slept since the last tick; this time is not counted. */
  tick(at) {
    if (this.#since === null) return true;
    const slept = at - this.#since > ASLEEP_MS;
    if (!slept) this.#counted += at - this.#since;
    this.#since = at;
    return !slept;
  }

  /** Return the recorded milliseconds at the time `at`. */
  elapsed(at) {
    return this.#counted + (this.#since === null ? 0 : Math.max(0, at - this.#since));
  }
}

/** The limit in force, in recorded time. It can be lengthened at any time but never becomes shorter. */
export class Limit {
  constructor({ recording_seconds = null, warn_at = [] } = {}) {
    this.seconds = recording_seconds;
    this.warnAt = [...warn_at].sort((a, b) => a - b);
  }

  /** Set a longer limit, in seconds (null: unlimited). Returns true if the limit changed. */
  lengthen(seconds) {
    if (this.seconds === null || (seconds !== null && seconds <= this.seconds)) return false;
    this.seconds = seconds;
    return true;
  }

  /** Return the milliseconds left after `elapsed` milliseconds, or null if there is no limit. */
  left(elapsed) {
    return this.seconds === null ? null : Math.max(0, this.seconds * 1000 - elapsed);
  }

  isReached(elapsed) {
    return this.left(elapsed) === 0;
  }

  /** Return the warning that is due: the smallest number of seconds that is not less than the time left, or null. */
  warning(elapsed) {
    const left = this.left(elapsed);
    if (left === null) return null;
    return this.warnAt.find((seconds) => left <= seconds * 1000 && seconds < this.seconds) ?? null;
  }
}

/** The clock and the limit of the current recording. */
export class Timekeeper {
  #clock = new RecordedClock();
  #limit = new Limit(page.limits);
  #ticker = 0;
  #warned = null;
  #lock = null;
  #told = 0; // recorded time at the last call of onSecond
  #asked = 0; // number of pending requests for more time
  note = ""; // shown next to the time during capture

  /**
   * Create the timekeeper. `onLimit()` is called when the limit is reached, `onSleep()` when the machine has slept,
   * and `onSecond(ms)` about once per recorded second.
   */
  constructor(view, { onLimit, onSleep, onSecond = (_ms) => {} }) {
    this.view = view;
    this.onLimit = onLimit;
    this.onSleep = onSleep;
    this.onSecond = onSecond;
  }

  /** Prepare for a recorder session after `counted` ms of the same take. `limits` are given only if they are new. */
  reset(counted, limits = null) {
    this.#clock = new RecordedClock(counted);
    this.#told = counted;
    if (limits) this.#limit = new Limit(limits);
  }

  lengthen(seconds) {
    this.#limit.lengthen(seconds);
  }

  /**
   * Do not apply the limit while a request for more time is pending, so that a press in the last second is not too
   * late.
   */
  async whileAsking(question) {
    this.#asked += 1;
    try {
      return await question;
    } finally {
      this.#asked -= 1;
    }
  }

  /** Start counting when capture starts, and check the limit. */
  run(at = performance.now()) {
    this.#clock.run(at);
    clearInterval(this.#ticker);
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    this.#keepAwake();
  }

  /** Stop counting, because capture has paused or ended. */
  hold() {
    clearInterval(this.#ticker);
    this.#ticker = 0;
    this.#clock.hold(performance.now());
    this.#lock?.release();
  }

  /** Return the recorded milliseconds of the take, now or at a time of performance.now(). */
  elapsed(at = performance.now()) {
    return this.#clock.elapsed(at);
  }

  /** Milliseconds left, or null if there is no limit. */
  get left() {
    return this.#limit.left(this.elapsed());
  }

  /** Show the time in the visible clock, with `note` next to it. Neither is announced. */
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
