// Undo and redo for whole lists of captions.

export class History {
  /** @param {readonly Caption[]} captions */
  constructor(captions) {
    this.states = [JSON.stringify(captions)];
    this.place = 0;
  }

  /**
   * Record the captions, unless they are equal to the current state.
   * @param {readonly Caption[]} captions
   */
  record(captions) {
    const state = JSON.stringify(captions);
    if (state === this.states[this.place]) return;
    this.states.splice(this.place + 1, Infinity, state);
    this.place += 1;
  }

  /**
   * Go one step back (-1) or forward (1) and return the captions, or null if there is no such step.
   * @param {-1 | 1} step
   * @returns {Caption[] | null}
   */
  go(step) {
    if (!(this.place + step in this.states)) return null;
    this.place += step;
    return JSON.parse(this.states[this.place]);
  }
}
