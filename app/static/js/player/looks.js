// The appearance of captions: a style sheet for ::cue and for our own box (the content security policy forbids inline
// styles), and the position of each cue. This browser remembers the choice for all pages.

import { recall, remember } from "./memory.js";

const GROUNDS = { black: "#000", half: "rgb(0 0 0 / .5)", white: "#fff", navy: "#001b4d" };
const COLOURS = { white: "#fff", yellow: "#ff0", cyan: "#7ff", black: "#000" };
const STANDARD = { size: "1", colour: "white", ground: "black", place: "bottom" };
const sheet = new CSSStyleSheet();

/** Return the remembered appearance. Unknown values are replaced by the standard. */
function looks() {
  const { size, colour, ground, place } = { ...STANDARD, ...recall().looks };
  return {
    size: Number(size) > 0 ? Number(size) : 1,
    colour: colour in COLOURS ? colour : STANDARD.colour,
    ground: ground in GROUNDS ? ground : STANDARD.ground,
    place,
  };
}

/** Apply the chosen appearance to the captions of a player. */
export function applyLooks(media) {
  if (!document.adoptedStyleSheets.includes(sheet)) document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  const show = () => setPlaces(media);
  media.addEventListener("loadedmetadata", show);
  for (const name of ["addtrack", "change"]) media.textTracks.addEventListener(name, show);
  for (const track of media.querySelectorAll("track")) track.addEventListener("load", show);
  write();
  show();
}

/** Connect the settings of captions. All settings on a page show the same choice. */
export function connectLooks(settings) {
  const boxes = [...settings.querySelectorAll("[data-look]")];
  settings.addEventListener("change", (event) => {
    if (!event.target.matches("[data-look]")) return;
    remember({ looks: Object.fromEntries(boxes.map((box) => [box.dataset.look, box.value])) });
    write();
    showChoice(document.querySelectorAll("[data-look]"));
    document.querySelectorAll("video").forEach(setPlaces);
  });
  showChoice(boxes);
}

function showChoice(boxes) {
  const chosen = recall().looks ?? {};
  for (const box of boxes) {
    if ([...box.options].some((option) => option.value === chosen[box.dataset.look])) box.value = chosen[box.dataset.look];
  }
}

function write() {
  const { size, colour, ground, place } = looks();
  const shown = colour === "black" && ground !== "white" ? "#fff" : COLOURS[colour]; // never dark text on a dark background
  const behind = ground === "white" && colour !== "black" ? "#000" : GROUNDS[ground]; // never light text on white
  sheet.replaceSync(
    `video::cue { font-size: ${size * 100}%; color: ${shown}; background: ${behind}; }
     .caption-box { --caption-size: ${size}; --caption-colour: ${shown}; --caption-ground: ${behind}; ${place === "top" ? "order: -1;" : ""} }`,
  );
}

/** Set the position on each cue itself, because ::cue cannot. */
function setPlaces(media) {
  const { place } = looks();
  for (const track of media.textTracks) {
    for (const cue of track.cues ?? []) {
      cue.snapToLines = true;
      cue.line = place === "top" ? 0 : "auto";
    }
  }
}
