// Connects players that were added to the page, using the script that came with them.

/**
 * Connect the players in an element that has just been added.
 * @param {HTMLElement} place
 */
export async function connectNewPlayers(place) {
  /** @type {HTMLScriptElement | null} */
  const script = place.querySelector("script[data-player]");
  if (!script) return;
  const player = await import(script.src).catch(() => null); // without it, the players work, but captions are shown only by browsers
  player?.connectPlayers();
}
