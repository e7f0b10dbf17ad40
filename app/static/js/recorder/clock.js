// Recorded time: what was captured, from timestamps. Pauses, the network and a sleeping machine do not count.

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
