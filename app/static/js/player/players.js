// Connects the players with captions on a page. Each is in an element with data-captioned, with its button.

import { addCaptionBox } from "./caption_box.js";
import { addCaptions, connectCaptionsButton } from "./captions.js";
import { applyLooks, connectLooks } from "./looks.js";

const connected = new WeakSet();

/** Connect an element only once. */
function once(element, connect) {
  if (!element || connected.has(element)) return;
  connected.add(element);
  connect(element);
}

/** Make a player show its captions in every browser, with the viewer's settings. */
export function connectPlayer(media) {
  once(media, () => {
    applyLooks(media);
    addCaptionBox(media);
  });
}

/** @returns {HTMLMediaElement[]} the players in an element */
function playersIn(place) {
  return [...(place?.querySelectorAll("video, audio") ?? [])];
}

/** Connect all players of the page. Call it again when players have been added. */
export function connectPlayers() {
  for (const place of document.querySelectorAll("[data-captioned]")) {
    const [media] = playersIn(place);
    connectPlayer(media);
    once(place.querySelector("[data-captions-button]"), (button) => connectCaptionsButton(button, media));
  }
  for (const settings of document.querySelectorAll("[data-caption-looks]")) {
    once(settings, (panel) => {
      connectLooks(panel);
      panel.hidden = false;
    });
  }
  captionTheReplay();
}

/**
 * Add captions to the recording that has just ended, which the recorder plays from the browser. Its captions arrive
 * with the list of recordings.
 */
function captionTheReplay() {
  const players = playersIn(document.getElementById("playback"));
  const card = document.querySelector(`#takes [data-take="${document.getElementById("recorder")?.dataset.take}"]`);
  const made = card?.querySelector("track");
  if (!made || players.length !== 1) return; // if a recording has several parts, each has its own times
  const [media] = players;
  if (connected.has(media)) return;
  const button = /** @type {HTMLElement} */ (card.querySelector("[data-captions-button]").cloneNode(true));
  media.after(button);
  addCaptions(media, { src: made.src, language: made.srclang, label: made.label, isShown: made.default });
  connectCaptionsButton(button, media);
  connectPlayer(media);
}
