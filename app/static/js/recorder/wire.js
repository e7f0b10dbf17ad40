// Connects the recorder to the buttons of its page, for questions and for practice.

import { savedChoice } from "./saved_choice.js";
import { Presses } from "./presses.js";
import { Recorder } from "./recorder.js";
import { View } from "./view.js";

const KEYS = ["Enter", " "];
const PAUSE_KEY = "Escape"; // reaches the page in every mode of a screen reader; named in the hint of the recorder

const NEAR_PX = 40; // a trembling hand stays this close; buttons are at least 44 px high

const presses = new Presses();
/** @type {{x: number, y: number} | null} */
let lastPoint = null; // where the last press of a pointer was
/** @type {View | null} */
let view = null; // of this page's recorder

document.addEventListener("keydown", ({ key }) => [...KEYS, PAUSE_KEY].includes(key) || presses.forget(), true);

/**
 * Create the recorder of this page with a sink, and with the lock that other tabs see. Each button with data-action
 * calls the method of that name.
 */
export function wire(sink, { tabs = null } = {}) {
  const root = document.getElementById("recorder");
  view = new View(root);
  const recorder = new Recorder({ view, sink, tabs });
  /** @type {NodeListOf<HTMLButtonElement>} */
  const buttons = root.querySelectorAll("[data-action]");
  for (const button of buttons) {
    onPress(button, () => recorder[button.dataset.action]());
  }
  pauseByKey(recorder);
  // The device check found that the connection is too slow for video.
  if (savedChoice().quality === "audio" && view.part("kind-audio")) view.part("kind-audio").checked = true;
  const flush = () => recorder.flush();
  document.addEventListener("visibilitychange", flush);
  addEventListener("pagehide", () => recorder.rescue());
  view.render(recorder.state);
  return recorder;
}

/** One key pauses and resumes without moving the focus: a screen reader would name each button that the focus passes. */
function pauseByKey(recorder) {
  document.addEventListener("keydown", (event) => {
    const isElsewhere = document.activeElement !== document.body && !recorder.view.root.contains(document.activeElement);
    if (event.key !== PAUSE_KEY || event.repeat || event.defaultPrevented || isElsewhere) return;
    const { phase } = recorder.state;
    const isPaused = phase === "paused" && recorder.view.isHeld;
    if (!isPaused && !["armed", "countdown", "recording"].includes(phase)) return;
    event.preventDefault();
    if (counts(recorder.view.part("pause"), event)) recorder.pauseOrResume();
  });
}

/**
 * Call `act` when the button is pressed. A key acts on keydown, before a screen reader can speak the button's name.
 * Pointers and assistive technology use the click, so that a press can be aborted by sliding off (WCAG 2.5.2).
 */
export function onPress(button, act) {
  const press = (event) => counts(button, event) && act();
  button.addEventListener("keydown", (event) => {
    if (!KEYS.includes(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault(); // prevents the click event
    if (!event.repeat) press(event); // ignores a key that is still held down from Start
  });
  button.addEventListener("click", press);
}

/**
 * Return whether a press of this button counts. A pointer hits the button that took the place of another if it has not
 * moved; a key or a switch does if the recorder has put the focus there.
 */
function counts(button, event) {
  const isPointer = event.type === "click" && event.detail > 0; // clicks by scripts or assistive technology have no position
  const { clientX: x, clientY: y } = event;
  const isNear = isPointer && lastPoint !== null && Math.hypot(x - lastPoint.x, y - lastPoint.y) < NEAR_PX;
  const isFocusedByUs = !isPointer && view?.focused === button.id;
  // The time of the event, not of its handling: on a busy machine handlers run late.
  if (!presses.accept(button, event.timeStamp, isNear || isFocusedByUs)) return false;
  lastPoint = isPointer ? { x, y } : null;
  if (view) view.focused = "";
  return true;
}
