// Player settings that this browser remembers.

const KEY = "fairtake.player";

/** Return the remembered settings, or an empty object if there are none or storage is blocked. */
export function recall() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "null") ?? {};
  } catch {
    return {};
  }
}

/**
 * Remember these settings in addition to those already remembered.
 * @param {Record<string, unknown>} choices
 */
export function remember(choices) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...recall(), ...choices }));
  } catch {
    // Storage is blocked, so the settings last as long as the page.
  }
}
