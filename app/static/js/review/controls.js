// Controls under the native player with visible names, which work with keyboard, voice control and switch access.

import { connectCaptionsButton } from "../player/captions.js";
import { recall, remember } from "../player/memory.js";
import { connectFullScreen } from "./screen.js";
import { goTo } from "./seek.js";
import { clockTime } from "../clock_time.js";

const STEP_MS = 10_000;

/** Connect the controls of a player to its media element, and show them. */
export function connectControls(player, media) {
  const control = (name) => player.querySelector(`[data-do="${name}"]`);
  const toggle = control("toggle");
  toggle.addEventListener("click", () => (media.paused ? play(media) : media.pause()));
  control("back").addEventListener("click", () => goTo(media, media.currentTime * 1000 - STEP_MS));
  control("forward").addEventListener("click", () => goTo(media, media.currentTime * 1000 + STEP_MS));
  control("speed").addEventListener("change", (event) => (media.playbackRate = Number(event.target.value)));
  media.preservesPitch = true; // the default of browsers; voices keep their pitch
  connectVolume(control("volume"), media);
  connectCaptionsButton(control("captions"), media);
  connectFullScreen(control("full"), player);

  const showState = () => (toggle.textContent = media.paused ? player.dataset.play : player.dataset.pause);
  for (const name of ["play", "pause", "ended"]) media.addEventListener(name, showState);
  const time = player.querySelector("[data-time]");
  const known = Number(player.dataset.length); // used until the browser knows the duration
  const length = () => (Number.isFinite(media.duration) ? media.duration * 1000 : known);
  const showTime = () => (time.textContent = `${clockTime(media.currentTime * 1000)} / ${clockTime(length())}`);
  for (const name of ["loadedmetadata", "timeupdate", "durationchange"]) media.addEventListener(name, showTime);
  media.addEventListener("ratechange", () => (control("speed").value = String(media.playbackRate)));
  media.addEventListener("error", () => showFailure(player));
  if (media.error) showFailure(player);
  showTime();
  player.querySelector(".player__controls").hidden = false;
}

/** Connect the volume slider. The volume is remembered, and the player's own control may change it too. */
function connectVolume(slider, media) {
  const { volume } = recall();
  if (typeof volume === "number" && volume >= 0 && volume <= 1) media.volume = volume;
  slider.addEventListener("input", () => {
    media.volume = Number(slider.value) / 100;
    media.muted = false;
  });
  const show = () => (slider.value = String(media.muted ? 0 : Math.round(media.volume * 100)));
  media.addEventListener("volumechange", () => {
    show();
    remember({ volume: media.volume });
  });
  show();
}

function play(media) {
  media.play().catch(() => {}); // paused or failed before playback began; a failure has its own message
}

function showFailure(player) {
  player.parentElement.querySelector(".player__failed").hidden = false;
}
