// What this browser remembers of the player, all of it the viewer's own choice.

const KEY = "fairtake.player";

/** All that is remembered, an empty object where nothing is or storage is closed to us. */
export function recall() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "null") ?? {};
  } catch {
    return {};
  }
}

/**
 * Remember these choices beside those that are remembered already.
 * @param {Record<string, unknown>} choices
 */
export function remember(choices) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...recall(), ...choices }));
  } catch {
    // then they last as long as the page
  }
}
