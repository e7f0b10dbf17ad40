// Opening camera and microphone, the choice made in the device check, and why it did not work.

import { constraints } from "./media_types.js";

const KEY = "fairtake-devices";

/** {camera, microphone, quality, kind}: this machine's choice; it stays on this machine. */
export function savedChoice() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export function saveChoice(choice) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...savedChoice(), ...choice }));
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
}

/** A stream for this kind of answer. Rejects with the browser's DOMException; see problemOf(). */
export async function openDevices(kind, choice = savedChoice()) {
  if (!navigator.mediaDevices?.getUserMedia || !globalThis.MediaRecorder) {
    throw new DOMException("", "NotSupportedError");
  }
  return navigator.mediaDevices.getUserMedia(constraints(kind, choice));
}

const PROBLEMS = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "missing",
  DevicesNotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  TrackStartError: "busy",
  AbortError: "busy",
};

/** The name of the page's explanation: refused, missing, busy or unsupported, for this kind of answer. */
export function problemOf(error) {
  return PROBLEMS[error?.name] ?? "unsupported";
}

/** Which browser's words to use for "allow the camera": its settings are named differently in each. */
export function browserFamily(agent = navigator.userAgent) {
  if (/Firefox|FxiOS/.test(agent)) return "firefox";
  if (/Chrome|Chromium|CriOS|Edg/.test(agent)) return "chromium";
  return /Safari/.test(agent) ? "safari" : "other";
}
