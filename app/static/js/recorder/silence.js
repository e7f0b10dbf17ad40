// The one place that speaks. While capture runs nothing is said: a status message read aloud by a screen
// reader goes through an open speaker into the person's own answer. What comes up meanwhile is held back.

const SETTLE_MS = 100; // a region emptied first and filled a moment later is announced even when its text is the same

let mode = "open"; // open; countdown: only the countdown itself speaks; capture: nothing does
let timer = 0;
let waiting = [];
const held = new Map();

function region() {
  return document.getElementById("status");
}

/** Whether capture runs or is about to, so that nothing may be said, swapped, renamed or focused by others. */
export function isSilent() {
  return mode !== "open";
}

/** Say a message politely; where it cannot be said now keep it, the newest of each key, for afterwards. */
export function say(message, key = message) {
  if (mode !== "open") held.set(key, message);
  else speak(message);
}

/** The countdown has begun: from here it alone speaks. */
export function beginCountdown() {
  mode = "countdown";
}

/** Said by the countdown. */
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

/** Capture has ended: say this, and then what was held back. */
export function endSilence(message) {
  mode = "open";
  const later = [...held.values()];
  held.clear();
  for (const one of [message, ...later]) if (one) speak(one);
}

function speak(message) {
  if (!waiting.includes(message)) waiting.push(message);
  if (timer) return;
  if (region().textContent) region().textContent = "";
  timer = setTimeout(() => {
    timer = 0;
    region().textContent = waiting.join(" ");
    waiting = [];
  }, SETTLE_MS);
}

function stopSpeaking() {
  clearTimeout(timer);
  timer = 0;
  waiting = [];
}

// A fragment that arrives meanwhile waits for its next turn: polls repeat by themselves.
for (const name of ["htmx:beforeRequest", "htmx:beforeSwap", "htmx:oobBeforeSwap"]) {
  document.addEventListener(name, (event) => isSilent() && event.preventDefault());
}
