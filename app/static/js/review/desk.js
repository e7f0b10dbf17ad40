// The reviewer's page of an answer: connects the player and the transcript, on load and after each htmx swap.

import { addCaptions } from "../player/captions.js";
import { connectLooks } from "../player/looks.js";
import { connectPlayer } from "../player/players.js";
import { connectControls } from "./controls.js";
import { connectKeys } from "./keys.js";
import { connectNotes } from "./notes.js";
import { Score } from "./score.js";
import { Transcript } from "./transcript.js";

const connected = new WeakSet();

/** Connect an element only once, even if it is loaded several times. */
function once(element, connect) {
  if (!element || connected.has(element)) return;
  connected.add(element);
  connect(element);
}

function connect() {
  once(document.getElementById("score-form"), (form) => new Score(form));
  const media = /** @type {HTMLVideoElement} */ (document.getElementById("recording"));
  if (!media) return;
  connectPlayer(media);
  once(document.getElementById("player"), (player) => connectControls(player, media));
  once(document.getElementById("player-settings"), (settings) => {
    connectLooks(settings);
    connectKeys(settings, document.getElementById("player"));
    settings.hidden = false;
  });
  once(document.getElementById("notes"), (section) => connectNotes(section, media));
  once(document.getElementById("transcript"), ({ dataset }) =>
    addCaptions(media, { src: dataset.captions, language: dataset.language, label: dataset.label }),
  );
  once(document.querySelector("ol.transcript"), (list) => new Transcript(list, media));
}

connect();
document.addEventListener("htmx:load", connect);
