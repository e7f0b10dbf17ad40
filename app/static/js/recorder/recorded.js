// Stores how much of a take was recorded. If a page closes or crashes and loses the last moments, the next page can
// show how many seconds are missing.

const key = (/** @type {string} */ take) => `fairtake-recorded-${take}`;

/**
 * Store how many milliseconds of a take have been recorded.
 * @param {string} take
 * @param {number} ms
 */
export function noteRecorded(take, ms) {
  try {
    localStorage.setItem(key(take), String(Math.round(ms)));
  } catch {
    // Storage is blocked, so the next page will not know the length.
  }
}

/**
 * Forget the length of a take, because all of it is stored.
 * @param {string} take
 */
export function settleRecorded(take) {
  try {
    localStorage.removeItem(key(take));
  } catch {
    // Storage is blocked, so there is nothing to delete.
  }
}

/**
 * Return the recorded milliseconds of a take, or null if they were not stored.
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
