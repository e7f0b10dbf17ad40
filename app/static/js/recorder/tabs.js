// Lets the tabs of a browser know which of them is recording a question. The browser releases the lock when a page
// closes. The server handles other devices. Without Web Locks, every tab may record.

export class TabLock {
  #name;
  #claim = {}; // identifies the latest claim
  #release = () => {};
  #held = Promise.resolve(); // settles when this page no longer has the lock

  /** @param {string} name */
  constructor(name) {
    this.#name = name;
  }

  /**
   * Resolve with whether this tab may record. With `isForced`, it takes the lock from the other tab.
   * @returns {Promise<boolean>}
   */
  async claim({ isForced = false } = {}) {
    if (!navigator.locks) return true;
    const claim = (this.#claim = {});
    await this.#held;
    return new Promise((resolve) => {
      /** @param {Lock | null} lock */
      const use = (lock) => {
        resolve(Boolean(lock));
        if (lock && this.#claim === claim) return new Promise((done) => (this.#release = () => done(undefined)));
      };
      const options = isForced ? { steal: true } : { ifAvailable: true };
      this.#held = navigator.locks.request(this.#name, options, use).then(
        () => {},
        () => resolve(true), // another tab took the lock, or the browser offers none to this page
      );
    });
  }

  /** Let other tabs record. */
  release() {
    this.#claim = {};
    this.#release();
    this.#release = () => {};
  }
}
