// Captions on the player. Captions that are made during playback are added to the existing player, because replacing
// it would restart the recording.

function captionsOf(media) {
  return [...media.textTracks].find((track) => track.kind === "captions");
}

/** Add the captions that the transcript's section names to the player, unless it already has them. */
export function addCaptions(media, section) {
  const { captions, language, label } = section.dataset;
  if (!captions || media.querySelector("track")) return;
  const track = document.createElement("track");
  Object.assign(track, { kind: "captions", src: captions, srclang: language, label, default: true });
  media.append(track);
  track.track.mode = "showing";
}

/**
 * Make a button switch the captions on and off, and hide it if there are none. The player's own menu may switch them
 * too.
 */
export function connectCaptionsButton(button, media) {
  const show = () => {
    const track = captionsOf(media);
    button.hidden = !track;
    button.setAttribute("aria-pressed", String(track?.mode === "showing"));
  };
  button.addEventListener("click", () => {
    const track = captionsOf(media);
    track.mode = track.mode === "showing" ? "hidden" : "showing";
    show();
  });
  for (const name of ["addtrack", "removetrack", "change"]) media.textTracks.addEventListener(name, show);
  show();
}
