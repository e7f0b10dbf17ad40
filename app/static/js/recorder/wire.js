// Connects the recorder to the buttons of its page, for questions and for practice.

import { savedChoice } from "./saved_choice.js";
import { Presses } from "./presses.js";
import { Recorder } from "./recorder.js";
import { View } from "./view.js";

const KEYS = ["Enter", " "];
const PAUSE_KEY = "Escape"; // this key reaches the page in every mode of a screen reader; the recorder's hint names it

const NEAR_PX = 40; // movements of a trembling hand are at most this large; buttons are at least 44 px high

const presses = new Presses();
/** @type {{x: number, y: number} | null} */
let lastPoint = null; // position of the last press with a pointer
/** @type {View | null} */
let view = null; // of this page's recorder

document.addEventListener("keydown", ({ key }) => [...KEYS, PAUSE_KEY].includes(key) || presses.forget(), true);

/**
 * Create the recorder of this page with a sink, and with the lock that is shared by all tabs. Each button with
 * data-action calls the method of that name.
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

/** One key pauses and resumes without moving the focus, because a screen reader would name each button on the way. */
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
 * Return whether a press of this button counts. A pointer that has not moved hits a button that took the place of
 * another. So does a key or a switch if the recorder has moved the focus there.
 */
function counts(button, event) {
  const isPointer = event.type === "click" && event.detail > 0; // clicks by scripts or assistive technology have no position
  const { clientX: x, clientY: y } = event;
  const isNear = isPointer && lastPoint !== null && Math.hypot(x - lastPoint.x, y - lastPoint.y) < NEAR_PX;
  const isFocusedByUs = !isPointer && view?.focused === button.id;
  // Use the time of the event, not of its handling, because handlers run late on a busy machine.
  if (!presses.accept(button, event.timeStamp, isNear || isFocusedByUs)) return false;
  lastPoint = isPointer ? { x, y } : null;
  if (view) view.focused = "";
  return true;
}
