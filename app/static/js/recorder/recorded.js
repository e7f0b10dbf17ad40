// How much of a take was recorded, written down while it is recorded: a page that is closed or crashes may take the last
// moments with it, and the next page then says how many seconds are missing.

const key = (/** @type {string} */ take) => `fairtake-recorded-${take}`;

/**
 * Write down that so many milliseconds of a take have been recorded.
 * @param {string} take
 * @param {number} ms
 */
export function noteRecorded(take, ms) {
  try {
    localStorage.setItem(key(take), String(Math.round(ms)));
  } catch {
    // Storage is blocked: nothing is known of it afterwards.
  }
}

/**
 * All that was recorded of a take is kept: there is nothing to say.
 * @param {string} take
 */
export function settleRecorded(take) {
  try {
    localStorage.removeItem(key(take));
  } catch {
    // Storage is blocked.
  }
}

/**
 * Milliseconds that were recorded of a take as far as is written down; null where nothing is.
 * @param {string} take
 */
export function recordedOf(take) {
  try {
    const noted = localStorage.getItem(key(take));
    return noted === null ? null : Number(noted);
  } catch {
    return null;
  }
}
