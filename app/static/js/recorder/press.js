// Connects buttons to what they do, so that two presses of a trembling hand count as one.

import { Presses } from "./presses.js";

const KEYS = ["Enter", " "];
export const PAUSE_KEY = "Escape"; // this key reaches the page in every mode of a screen reader; the recorder's hint names it
const NEAR_PX = 40; // movements of a trembling hand are at most this large; buttons are at least 44 px high

const presses = new Presses();
/** @type {{x: number, y: number} | null} */
let lastPoint = null; // position of the last press with a pointer
let focused = ""; // id of the element that the recorder has focused since the last press

document.addEventListener("keydown", ({ key }) => [...KEYS, PAUSE_KEY].includes(key) || presses.forget(), true);

/**
 * Focus an element for the person. A press of a key or a switch that follows soon may be meant for the element before.
 * @param {HTMLElement | null} element
 */
export function focusFor(element) {
  element?.focus();
  focused = element?.id ?? "";
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
export function counts(button, event) {
  const isPointer = event.type === "click" && event.detail > 0; // clicks by scripts or assistive technology have no position
  const { clientX: x, clientY: y } = event;
  const isNear = isPointer && lastPoint !== null && Math.hypot(x - lastPoint.x, y - lastPoint.y) < NEAR_PX;
  const isFocusedByUs = !isPointer && focused === button.id;
  // Use the time of the event, not of its handling, because handlers run late on a busy machine.
  if (!presses.accept(button, event.timeStamp, isNear || isFocusedByUs)) return false;
  lastPoint = isPointer ? { x, y } : null;
  focused = "";
  return true;
}
