// The appearance of captions: a style sheet for ::cue (the content security policy forbids inline styles), and the
// position of each cue.

import { recall, remember } from "./memory.js";

const GROUNDS = { black: "#000", half: "rgb(0 0 0 / .5)", white: "#fff", navy: "#001b4d" };
const COLOURS = { white: "#fff", yellow: "#ff0", cyan: "#7ff", black: "#000" };
const sheet = new CSSStyleSheet();

/** Connect the settings of captions to the player, and apply the remembered settings. */
export function connectLooks(settings, media) {
  const boxes = [...settings.querySelectorAll("[data-look]")];
  const looks = recall().looks ?? {};
  for (const box of boxes) {
    if ([...box.options].some((option) => option.value === looks[box.dataset.look])) box.value = looks[box.dataset.look];
  }
  if (!document.adoptedStyleSheets.includes(sheet)) document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  const chosen = () => Object.fromEntries(boxes.map((box) => [box.dataset.look, box.value]));
  const show = () => apply(chosen(), media);
  settings.addEventListener("change", (event) => {
    if (!event.target.matches("[data-look]")) return;
    remember({ looks: chosen() });
    show();
  });
  media.addEventListener("loadedmetadata", show);
  media.textTracks.addEventListener("addtrack", show);
  media.textTracks.addEventListener("change", show);
  for (const track of media.querySelectorAll("track")) track.addEventListener("load", show);
  show();
}

function apply({ size, colour, ground, place }, media) {
  const shown = colour === "black" && ground !== "white" ? "#fff" : COLOURS[colour]; // never dark text on a dark ground
  const behind = ground === "white" && colour !== "black" ? "#000" : GROUNDS[ground]; // never light text on white
  sheet.replaceSync(`#recording::cue { font-size: ${Number(size) * 100}%; color: ${shown}; background: ${behind}; }`);
  for (const track of media.textTracks) {
    for (const cue of track.cues ?? []) setPlace(cue, place);
  }
}

/** Set the position on the cue itself, because ::cue cannot. */
function setPlace(cue, place) {
  cue.snapToLines = true;
  cue.line = place === "top" ? 0 : "auto";
}
