// Which presses count. A hand that trembles and a switch that bounces press several times where one press is meant, and
// the second press would land on what the first one brought: Resume in the place of Pause, Start in the place of Stop.

export const BOUNCE_MS = 700; // presses up to 600 ms apart are one press; the rest is for a slow browser

/**
 * Tells presses that are meant from those that only follow one.
 * @template T
 */
export class Presses {
  #lastAt = -Infinity; // the last press, whether it counted or not
  /** @type {T | null} */
  #pressed = null; // the control of the last press that counted
  /** @type {Set<T>} */
  #offered = new Set(); // the controls that were offered then

  /**
   * Whether a press counts. A press soon after another one counts only for a different control, and only if that control
   * was already offered when the first press was made.
   * @param {T} control
   * @param {Iterable<T>} offered the controls that can be pressed now
   * @param {number} at milliseconds
   */
  accept(control, offered, at) {
    const isSoon = at - this.#lastAt < BOUNCE_MS;
    this.#lastAt = at;
    if (isSoon && (control === this.#pressed || !this.#offered.has(control))) return false;
    this.#pressed = control;
    this.#offered = new Set(offered);
    return true;
  }

  /** Something else was done meanwhile, so the next press counts: a hand that only trembles does not go to another control. */
  forget() {
    this.#lastAt = -Infinity;
  }
}
