// Camera and microphone: the choice made in the device check, opening them, and why it did not work, in words that
// say what to do.

import { ServerError } from "./server.js";
import { text } from "./words.js";

const KEY = "fairtake-devices";
export const ASK_MS = 20_000; // after that a question that the browser asks has not been seen
const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };

/** Width and height in CSS pixels, frames a second, bits a second of picture. */
const QUALITIES = {
  video720: { width: 1280, height: 720, frames: 24, bits: 1_000_000 },
  video360: { width: 640, height: 360, frames: 15, bits: 350_000 },
};
/** What hands and fingers need to be read, however small the picture (ITU-T H-series Supplement 1: 25 frames a second). */
const SIGNING = { frames: 25, bits: 600_000 };

/** The quality of the picture for a kind of answer. */
export function qualityFor(kind, quality) {
  const chosen = QUALITIES[quality] ?? QUALITIES.video360;
  if (kind !== "signed") return chosen;
  return { ...chosen, frames: Math.max(chosen.frames, SIGNING.frames), bits: Math.max(chosen.bits, SIGNING.bits) };
}

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

/** What to ask getUserMedia for. The devices chosen are asked for exactly: Chromium takes a mere wish as none. */
export function constraints(kind, { quality = "video360", camera = null, microphone = null } = {}) {
  const audio = { ...SOUND, ...(microphone && { deviceId: { exact: microphone } }) };
  if (kind === "audio") return { audio, video: false };
  const { width, height, frames } = qualityFor(kind, quality);
  const size = { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: frames, max: 30 } };
  return { audio: kind === "video" && audio, video: { ...size, facingMode: "user", ...(camera && { deviceId: { exact: camera } }) } };
}

/** A stream for this kind of answer. Rejects with the browser's DOMException. */
export async function openDevices(kind, choice = savedChoice()) {
  if (!navigator.mediaDevices?.getUserMedia || !globalThis.MediaRecorder) {
    throw new DOMException("", "NotSupportedError");
  }
  try {
    return await navigator.mediaDevices.getUserMedia(constraints(kind, choice));
  } catch (error) {
    if (error.name !== "OverconstrainedError") throw error;
    return navigator.mediaDevices.getUserMedia(constraints(kind, { quality: choice.quality })); // it has gone: any will do
  }
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

/** refused, missing, busy or unsupported. */
function problemOf(error) {
  return PROBLEMS[error?.name] ?? "unsupported";
}

/** Which browser's words to use for "allow the camera": its settings are named differently in each. */
function browserFamily(agent = navigator.userAgent) {
  if (/Firefox|FxiOS/.test(agent)) return "firefox";
  if (/Chrome|Chromium|CriOS|Edg/.test(agent)) return "chromium";
  return /Safari/.test(agent) ? "safari" : "other";
}

/** Explain why a recording could not begin, {title, text}: a DOMException of getUserMedia, a ServerError, or the reason that a device was lost for. */
export function explain(cause, kind) {
  if (typeof cause === "string") return { title: text("problem_lost_title"), text: text(`lost_${cause}`) };
  if (cause instanceof ServerError) return server(cause);
  const problem = problemOf(cause);
  const how = problem === "refused" ? text(`allow_${browserFamily()}`) : "";
  return { title: text(`problem_${problem}_title`), text: [text(`problem_${problem}_${kind}`), how].filter(Boolean).join(" ") };
}

/** What to do while the browser does not answer, {title, text}: its question is easily overlooked, and some apps never ask. */
export function explainWaiting() {
  return { title: text("asking_title"), text: `${text(`asking_${browserFamily()}`)} ${text("asking_never")}` };
}

function server({ kind, said }) {
  if (kind === "signed_out") return { title: text("problem_signed_out_title"), text: text("problem_signed_out") };
  if (said) return { title: text("problem_server_title"), text: said };
  return { title: text("problem_line_title"), text: text("problem_line") };
}
