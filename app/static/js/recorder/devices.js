// Camera and microphone: opening the devices, and explanations of failures that say what to do.

import { savedChoice } from "./saved_choice.js";
import { ServerError } from "./server.js";
import { text } from "./words.js";

export const ASK_MS = 20_000; // after this time, the user has probably not seen the browser's question
const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };

/** Width and height in pixels, frames per second, and video bits per second. */
const QUALITIES = {
  video720: { width: 1280, height: 720, frames: 24, bits: 1_000_000 },
  video360: { width: 640, height: 360, frames: 15, bits: 350_000 },
};
/**
 * Minimum quality for reading hands and fingers, at any picture size (ITU-T H-series Supplement 1: 25 frames per
 * second).
 */
const SIGNING = { frames: 25, bits: 600_000 };

/** Return the picture quality for a kind of answer. */
export function qualityFor(kind, quality) {
  const chosen = QUALITIES[quality] ?? QUALITIES.video360;
  if (kind !== "signed") return chosen;
  return { ...chosen, frames: Math.max(chosen.frames, SIGNING.frames), bits: Math.max(chosen.bits, SIGNING.bits) };
}

/**
 * Return the constraints for getUserMedia. Chosen devices are required exactly, because Chromium ignores a mere
 * preference.
 */
export function constraints(kind, { quality = "video360", camera = null, microphone = null } = {}) {
  const audio = { ...SOUND, ...(microphone && { deviceId: { exact: microphone } }) };
  if (kind === "audio") return { audio, video: false };
  const { width, height, frames } = qualityFor(kind, quality);
  const size = { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: frames, max: 30 } };
  return { audio: kind === "video" && audio, video: { ...size, facingMode: "user", ...(camera && { deviceId: { exact: camera } }) } };
}

/** Open the devices and return a stream for this kind of answer. Rejects with the browser's DOMException. */
export async function openDevices(kind, choice = savedChoice()) {
  if (!navigator.mediaDevices?.getUserMedia || !globalThis.MediaRecorder) {
    throw new DOMException("", "NotSupportedError");
  }
  try {
    return await navigator.mediaDevices.getUserMedia(constraints(kind, choice));
  } catch (error) {
    if (error.name !== "OverconstrainedError") throw error;
    return navigator.mediaDevices.getUserMedia(constraints(kind, { quality: choice.quality })); // the chosen device is gone, so use any other
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

/** Return the kind of problem: refused, missing, busy or unsupported. */
function problemOf(error) {
  return PROBLEMS[error?.name] ?? "unsupported";
}

/** Return the browser family, because each names its permission settings differently. */
function browserFamily(agent = navigator.userAgent) {
  if (/Firefox|FxiOS/.test(agent)) return "firefox";
  if (/Chrome|Chromium|CriOS|Edg/.test(agent)) return "chromium";
  return /Safari/.test(agent) ? "safari" : "other";
}

/**
 * Explain why a recording could not begin, as {title, text}. The cause is a DOMException of getUserMedia, a
 * ServerError, or the reason for which a device was lost.
 */
export function explain(cause, kind) {
  if (cause === "tab") return { title: text("problem_tab_title"), text: text("problem_tab") };
  if (typeof cause === "string") return { title: text("problem_lost_title"), text: text(`lost_${cause}`) };
  if (cause instanceof ServerError) return server(cause);
  const problem = problemOf(cause);
  const how = problem === "refused" ? text(`allow_${browserFamily()}`) : "";
  return { title: text(`problem_${problem}_title`), text: [text(`problem_${problem}_${kind}`), how].filter(Boolean).join(" ") };
}

/**
 * Explain what to do while the browser does not answer, as {title, text}. Its question is easily overlooked, and some
 * apps never ask.
 */
export function explainWaiting() {
  return { title: text("asking_title"), text: `${text(`asking_${browserFamily()}`)} ${text("asking_never")}` };
}

function server({ kind, said }) {
  if (kind === "signed_out") return { title: text("problem_signed_out_title"), text: text("problem_signed_out") };
  if (said) return { title: text("problem_server_title"), text: said };
  return { title: text("problem_line_title"), text: text("problem_line") };
}
