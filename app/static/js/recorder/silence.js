// The one place that speaks. While capture runs nothing is said: a status message read aloud by a screen
// reader goes through an open speaker into the person's own answer. What comes up meanwhile is held back.

const SETTLE_MS = 100; // a region emptied first and filled a moment later is announced even when its text is the same
const IN_PLACE_MS = 500; // a region that comes together with its text is not announced
const SHOWN_MS = 1200; // a message replaced sooner may never be spoken

let mode = "open"; // open; countdown: only the countdown itself speaks; capture: nothing does
let timer = 0;
let spokenAt = -SHOWN_MS;
let inPlaceAt = 0;
const waiting = new Map(); // key -> message, the newest of each
const held = new Map();

/** @returns {any} the live region; on every page there is one */
function region() {
  return document.getElementById("status");
}

/** Until it is needed the region is hidden: readers that read a whole page call an empty one a "statusbar". */
function uncover() {
  if (mode === "capture" || !region()?.hidden) return;
  region().hidden = false;
  inPlaceAt = performance.now() + IN_PLACE_MS;
}

/** Whether capture runs or is about to, so that nothing may be said, swapped, renamed or focused by others. */
export function isSilent() {
  return mode !== "open";
}

/**
 * Say a message politely; where it cannot be said now keep it, the newest of each key, for afterwards.
 * @param {string} message
 */
export function say(message, key = message) {
  if (mode !== "open") held.set(key, message);
  else speak(message, key);
}

/** The countdown has begun: from here it alone speaks. */
export function beginCountdown() {
  mode = "countdown";
  uncover();
}

/**
 * Said by the countdown.
 * @param {string} message
 */
export function sayCountdown(message) {
  if (mode === "countdown") speak(message);
}

/** Empty the region, a moment before capture, so that nothing stale is left in it for a braille display. */
export function hush() {
  stopSpeaking();
  if (region().textContent) region().textContent = "";
}

/** From here until endSilence() the live region does not change. */
export function beginSilence() {
  stopSpeaking();
  mode = "capture";
}

/**
 * Capture has ended: say this, and then what was held back.
 * @param {string} [message]
 */
export function endSilence(message) {
  mode = "open";
  if (message) speak(message);
  for (const [key, one] of held) speak(one, key);
  held.clear();
}

/** @param {string} message */
function speak(message, key = message) {
  waiting.set(key, message);
  timer ||= setTimeout(empty, Math.max(0, spokenAt + SHOWN_MS - performance.now()));
}

function empty() {
  if (region().textContent) region().textContent = "";
  uncover();
  timer = setTimeout(fill, Math.max(SETTLE_MS, inPlaceAt - performance.now()));
}

function fill() {
  region().textContent = [...waiting.values()].join(" ");
  stopSpeaking();
  spokenAt = performance.now();
}

function stopSpeaking() {
  clearTimeout(timer);
  timer = 0;
  waiting.clear();
}

// A fragment that arrives meanwhile waits for its next turn: polls repeat by themselves.
for (const name of ["htmx:beforeRequest", "htmx:beforeSwap", "htmx:oobBeforeSwap"]) {
  document.addEventListener(name, (event) => isSilent() && event.preventDefault());
}

for (const name of ["keydown", "pointerdown"]) document.addEventListener(name, uncover, { capture: true, once: true });
