// Captions below a player that has no picture. Browsers show captions only over a picture, so not for an <audio>
// element or a video file without a picture. The track's mode still says whether captions are on. The box is not a live
// region, so that a screen reader does not speak each caption over the voice. It is not hidden from assistive
// technology either, so that a person can read the current caption, for example on a braille display.

import { captionsOf, watchCaptions } from "./captions.js";

const UNKNOWN_LANGUAGE = "und";
const BOXED = "is-captioned-below"; // the style sheet hides captions that the browser itself might show

/**
 * Return whether a player shows a picture. Until the file has been opened, the page's own markup decides.
 * @param {HTMLMediaElement} media
 */
function hasPicture(media) {
  if (!(media instanceof HTMLVideoElement)) return false;
  return media.readyState > 0 ? media.videoWidth > 0 : "picture" in media.dataset;
}

/**
 * Return the text of a cue without its markup. A line never begins with a punctuation mark that follows a space, as in
 * French.
 * @param {TextTrackCue} cue
 */
function textOf(cue) {
  const text = cue instanceof VTTCue ? (cue.getCueAsHTML().textContent ?? "") : "";
  return text.replace(/ (?=[?!:;»])/g, "\u00a0");
}

class CaptionBox {
  /** @type {TextTrack | undefined} */
  #track;

  /** @param {HTMLMediaElement} media */
  constructor(media) {
    this.media = media;
    this.box = document.createElement("div");
    this.box.className = "caption-box";
    this.box.hidden = true;
    this.lines = document.createElement("span");
    const line = document.createElement("p");
    line.dir = "auto";
    line.append(this.lines);
    this.box.append(line);
    media.after(this.box);
    for (const name of ["loadedmetadata", "emptied", "resize"]) media.addEventListener(name, () => this.#show());
    watchCaptions(media, () => this.#follow());
  }

  /** Show the captions of the player's current track. */
  #follow() {
    const track = captionsOf(this.media);
    if (track !== this.#track) {
      this.#track?.removeEventListener("cuechange", this.#write);
      track?.addEventListener("cuechange", this.#write);
      this.#track = track;
      this.box.lang = track?.language === UNKNOWN_LANGUAGE ? "" : (track?.language ?? "");
    }
    this.#show();
  }

  #show() {
    const isNeeded = this.#track?.mode === "showing" && !hasPicture(this.media);
    this.media.classList.toggle(BOXED, isNeeded);
    this.box.hidden = !isNeeded;
    this.#write();
  }

  #write = () => {
    const cues = this.box.hidden ? [] : [...(this.#track?.activeCues ?? [])];
    const text = cues.map(textOf).join("\n");
    if (this.lines.textContent !== text) this.lines.textContent = text;
  };
}

/**
 * Show the captions of this player in a box below it, whenever it has no picture.
 * @param {HTMLMediaElement} media
 */
export function addCaptionBox(media) {
  return new CaptionBox(media);
}
