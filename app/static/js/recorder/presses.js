// Decides which presses count. A trembling hand or a bouncing switch may press several times by accident. The second
// press hits the same button, or the button that took its place: Resume after Pause, Start after Stop.

export const BOUNCE_MS = 700; // presses up to 600 ms apart are one press; the rest is tolerance for a slow browser

/**
 * Distinguishes intended presses from accidental ones that follow.
 * @template T
 */
export class Presses {
  #lastAt = -Infinity; // time of the last press, counted or not
  /** @type {T | null} */
  #pressed = null; // control of the last press that counted

  /**
   * Return whether a press counts. It does not if it follows another press within BOUNCE_MS and hits the same control,
   * or a control that took its place.
   * @param {T} control
   * @param {number} at milliseconds
   * @param {boolean} isInPlace whether the control took the place of the one pressed before, under the pointer or as the focus
   */
  accept(control, at, isInPlace) {
    const isSoon = at - this.#lastAt < BOUNCE_MS;
    this.#lastAt = at;
    if (isSoon && (control === this.#pressed || isInPlace)) return false;
    this.#pressed = control;
    return true;
  }

  /** Let the next press count, because the person did something else, such as moving to another control. */
  forget() {
    this.#lastAt = -Infinity;
  }
}
