// Connects players that were added to the page, with the script that they bring.

/**
 * Connect the players in an element that has just been added.
 * @param {HTMLElement} place
 */
export async function connectNewPlayers(place) {
  /** @type {HTMLScriptElement | null} */
  const script = place.querySelector("script[data-player]");
  if (!script) return;
  const player = await import(script.src).catch(() => null); // without it, the players work, but show fewer captions
  player?.connectPlayers();
}
