// Captions on a player: the track that is shown, and the button that switches it on and off.

/**
 * Return the captions of a player, if it has any.
 * @param {HTMLMediaElement} media
 */
export function captionsOf(media) {
  return [...media.textTracks].find((track) => track.kind === "captions");
}

/**
 * Call a function now and whenever the captions of a player are added, removed, switched on or switched off. The
 * player's own menu may do this too.
 * @param {HTMLMediaElement} media
 * @param {() => void} show
 */
export function watchCaptions(media, show) {
  for (const name of ["addtrack", "removetrack", "change"]) media.textTracks.addEventListener(name, show);
  show();
}

/**
 * Add captions to a player that is already on the page, because replacing the player would restart the recording.
 * Nothing happens if the player has captions.
 * @param {HTMLMediaElement} media
 * @param {{ src: string, language: string, label: string, isShown?: boolean }} captions
 */
export function addCaptions(media, { src, language, label, isShown = true }) {
  if (!src || media.querySelector("track")) return;
  const track = document.createElement("track");
  Object.assign(track, { kind: "captions", src, srclang: language, label, default: isShown });
  media.append(track);
  track.track.mode = isShown ? "showing" : "disabled";
}

/**
 * Make a button switch the captions on and off, and hide it if there are none.
 * @param {HTMLElement} button
 * @param {HTMLMediaElement} media
 */
export function connectCaptionsButton(button, media) {
  const show = () => {
    const track = captionsOf(media);
    button.hidden = !track;
    button.setAttribute("aria-pressed", String(track?.mode === "showing"));
  };
  button.addEventListener("click", () => {
    const track = captionsOf(media);
    if (track) track.mode = track.mode === "showing" ? "hidden" : "showing";
    show();
  });
  watchCaptions(media, show);
}
