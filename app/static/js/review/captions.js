// Captions on the player. Those that are made while somebody watches are added to the player that is there: to swap the
// player would begin the recording anew.

function captionsOf(media) {
  return [...media.textTracks].find((track) => track.kind === "captions");
}

/** Give the player the captions that the transcript's section speaks of, unless it has them. */
export function addCaptions(media, section) {
  const { captions, language, label } = section.dataset;
  if (!captions || media.querySelector("track")) return;
  const track = document.createElement("track");
  Object.assign(track, { kind: "captions", src: captions, srclang: language, label, default: true });
  media.append(track);
  track.track.mode = "showing";
}

/** Make a button switch the captions, shown while there are any; the player's own menu may switch them too. */
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
