// Opens camera and microphone, at the quality for a kind of answer.

import { savedChoice } from "./saved_choice.js";

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
