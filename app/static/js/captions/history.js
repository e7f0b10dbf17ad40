// Undo and redo, over whole lists of captions.

export class History {
  /** @param {readonly Caption[]} captions */
  constructor(captions) {
    this.states = [JSON.stringify(captions)];
    this.place = 0;
  }

  /**
   * Remember the captions as they are now, unless they are what they were.
   * @param {readonly Caption[]} captions
   */
  record(captions) {
    const state = JSON.stringify(captions);
    if (state === this.states[this.place]) return;
    this.states.splice(this.place + 1, Infinity, state);
    this.place += 1;
  }

  /**
   * The captions one step back (-1) or forward (1), null when there is none.
   * @param {-1 | 1} step
   * @returns {Caption[] | null}
   */
  go(step) {
    if (!(this.place + step in this.states)) return null;
    this.place += step;
    return JSON.parse(this.states[this.place]);
  }
}
