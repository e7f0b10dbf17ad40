// What to record, and how large: the first type that this browser can write, at a rate a poor line carries.

const TYPES = {
  video: [
    "video/webm;codecs=vp8,opus",
    "video/webm;codecs=vp9,opus",
    "video/webm",
    "video/mp4;codecs=avc1.42E01E,mp4a.40.2",
    "video/mp4",
  ],
  audio: ["audio/webm;codecs=opus", "audio/webm", "audio/ogg;codecs=opus", "audio/mp4"],
};

/** Width and height in CSS pixels, frames a second, bits a second of picture. */
export const QUALITIES = {
  video720: { width: 1280, height: 720, frames: 24, bits: 1_000_000 },
  video360: { width: 640, height: 360, frames: 15, bits: 350_000 },
};

const SOUND_BITS = 32_000;
const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };

/** The type to record, or null where this browser can record none. WebM first: Chromium's MP4 ignores slices. */
export function chooseType(kind, supports = (type) => globalThis.MediaRecorder?.isTypeSupported(type)) {
  return TYPES[kind].find(supports) ?? null;
}

/** What to ask getUserMedia for; a device that has gone is no reason to fail, so ids are ideal, not exact. */
export function constraints(kind, { quality = "video360", camera = null, microphone = null } = {}) {
  const audio = { ...SOUND, ...(microphone && { deviceId: microphone }) };
  if (kind === "audio") return { audio, video: false };
  const { width, height, frames } = QUALITIES[quality] ?? QUALITIES.video360;
  const size = { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: frames, max: 30 } };
  return { audio, video: { ...size, facingMode: "user", ...(camera && { deviceId: camera }) } };
}

/** Options for MediaRecorder. */
export function recorderOptions(kind, type, quality) {
  const options = { mimeType: type, audioBitsPerSecond: SOUND_BITS };
  if (kind === "video") options.videoBitsPerSecond = (QUALITIES[quality] ?? QUALITIES.video360).bits;
  return options;
}
