// The only place that announces messages to screen readers. During capture nothing is announced, because a screen
// reader would be heard in the recording. Messages that arrive during capture are held back until it ends.

const SETTLE_MS = 100; // emptying the region first makes screen readers announce the same text again
const IN_PLACE_MS = 500; // a region that appears together with its text is not announced
const SHOWN_MS = 3000; // a message that is replaced earlier may not be spoken: a slow reader takes what is there when its turn comes

let mode = "open"; // open; countdown: only the countdown is announced; capture: nothing is
let timer = 0;
let spokenAt = -SHOWN_MS;
let inPlaceAt = 0;
let given = () => {}; // called when the waiting messages are in the region
const waiting = new Map(); // key -> latest message
const held = new Map();

/** @returns {any} the live region, which every page has */
function region() {
  return document.getElementById("status");
}

/**
 * Show the live region when there is a message. It is hidden before, because Orca reads an empty region as "statusbar".
 */
function uncover() {
  if (mode === "capture" || !region()?.hidden) return;
  region().hidden = false;
  inPlaceAt = performance.now() + IN_PLACE_MS;
}

/**
 * Return whether capture is running or about to begin, so that nothing may be announced, swapped, renamed or focused.
 */
export function isSilent() {
  return mode !== "open";
}

/**
 * Announce a message politely. During capture, the latest message of each key is kept for later.
 * @param {string} message
 */
export function say(message, key = message) {
  if (mode !== "open") held.set(key, message);
  else speak(message, key);
}

/** Begin the countdown. From now on, only the countdown is announced. Older messages would make it longer. */
export function beginCountdown() {
  stopSpeaking();
  spokenAt = -SHOWN_MS; // the countdown waits for no older message
  mode = "countdown";
  uncover();
}

/**
 * Announce a message of the countdown. Resolves when screen readers get it, and never if it is withdrawn.
 * @param {string} message
 * @returns {Promise<void>}
 */
export function sayCountdown(message) {
  return new Promise((resolve) => {
    if (mode !== "countdown") return;
    given = resolve;
    speak(message);
  });
}

/** Empty the live region just before capture, so that braille displays show no old message. */
export function hush() {
  stopSpeaking();
  if (region().textContent) region().textContent = "";
}

/** Begin the silence of capture. The live region does not change until endSilence() is called. */
export function beginSilence() {
  stopSpeaking();
  mode = "capture";
}

/**
 * End the silence. Announces the given message and then those that were held back.
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
  const tell = given;
  stopSpeaking();
  spokenAt = performance.now();
  tell();
}

function stopSpeaking() {
  clearTimeout(timer);
  timer = 0;
  given = () => {};
  waiting.clear();
}

// Block page updates during capture. Polling repeats them later.
for (const name of ["htmx:beforeRequest", "htmx:beforeSwap", "htmx:oobBeforeSwap"]) {
  document.addEventListener(name, (event) => isSilent() && event.preventDefault());
}
