// On candidates' pages, two presses within BOUNCE_MS are one: a trembling hand or a bouncing switch may press twice by
// accident. The second press would undo the first (a checkbox, a section that opens) or hit a control of the next page
// at the same place. The recorder's own buttons have their own rule (recorder/wire.js).

import { BOUNCE_MS, Presses } from "./recorder/presses.js";

const CONTROLS = "a[href], button, summary, input[type=checkbox], input[type=radio]";
const KEY = "fairtake-last-press"; // {at, x, y} of the last press with a pointer, which may have led to this page
const NEAR_PX = 40; // as in recorder/wire.js

/** @returns {{at: number, x: number, y: number} | null} the last press on the previous page, if it was stored */
function pressBefore() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}

/** @param {{at: number, x: number, y: number}} press */
function remember(press) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(press));
  } catch {
    // Storage is blocked, so only presses on one page are compared.
  }
}

let isWatching = false;

/** Ignore the second of two presses, on pages of candidates. */
export function ignoreDoublePresses() {
  if (isWatching || !document.body.hasAttribute("data-one-press")) return;
  isWatching = true;
  const presses = new Presses();
  let last = pressBefore();
  document.addEventListener("keydown", ({ key }) => ["Enter", " "].includes(key) || presses.forget(), true);
  document.addEventListener(
    "click",
    (event) => {
      const target = /** @type {Element} */ (event.target);
      const control = target.closest(CONTROLS);
      if (!control || !event.isTrusted || target.closest("[data-action]")) return;
      const isPointer = event.detail > 0; // 0: a key, or software such as a screen reader
      const at = performance.timeOrigin + event.timeStamp; // comparable with times of the previous page
      const { clientX: x, clientY: y } = event;
      const isNear = isPointer && last !== null && at - last.at < BOUNCE_MS && Math.hypot(x - last.x, y - last.y) < NEAR_PX;
      if (isPointer) remember((last = { at, x, y }));
      if (presses.accept(control, at, false) && !isNear) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
}
