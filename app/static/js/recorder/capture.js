// Records a stream in slices with one MediaRecorder, and detects everything that can interrupt it.
//
// Events: "started" {at}, "paused", "slice" {blob, at}, "stopped" {reason, isWhole}. The last slice comes before
// "stopped".
//
// `reason` is null if our code stopped the recording, otherwise microphone, camera, microphone_muted, camera_muted,
// recorder, asleep or unpaused. `isWhole` is false if the browser never confirmed the stop, so that the last slice
// may be missing. A slice that comes after "stopped" is dropped, because the recording was reported without it.
//
// `at` is a time of performance.now(). Every wait for the browser has a timeout, because some browsers never send an
// event.

import { qualityFor } from "./devices.js";
import { after } from "./patience.js";

const SLICE_MS = 3000;
const MUTE_GRACE_MS = 3000; // a short mute is harmless; a phone call on an iPhone mutes permanently
const STARTED_MS = 2000;
const PAUSED_MS = 2000; // also for resuming
const RELEASE_MS = 1000; // devices are released soon after Stop; a MediaRecorder without devices ends by itself
const STOPPED_MS = 5000;
const NO_SLICE_MS = 20_000; // a recorder that delivers nothing is stopped, so that nobody speaks for minutes in vain

const SOUND_BITS = 32_000;

const TYPES = {
  video: ["video/webm;codecs=vp8,opus", "video/webm;codecs=vp9,opus", "video/webm", "video/mp4;codecs=avc1.42E01E,mp4a.40.2", "video/mp4"],
  signed: ["video/webm;codecs=vp8", "video/webm;codecs=vp9", "video/webm", "video/mp4;codecs=avc1.42E01E", "video/mp4"],
  audio: ["audio/webm;codecs=opus", "audio/webm", "audio/ogg;codecs=opus", "audio/mp4"],
};

/**
 * Return the media type to record, or null if this browser supports none. WebM is first, because Chromium ignores the
 * slice length for MP4.
 */
export function chooseType(kind, supports = (type) => globalThis.MediaRecorder?.isTypeSupported(type)) {
  return TYPES[kind].find(supports) ?? null;
}

/** Return the options for MediaRecorder. */
function recorderOptions(kind, type, quality) {
  const options = { mimeType: type, audioBitsPerSecond: SOUND_BITS };
  if (kind !== "audio") options.videoBitsPerSecond = qualityFor(kind, quality).bits;
  return options;
}

export class Capture extends EventTarget {
  #recorder;
  #reason = null;
  #waits = new Map(); // name of the awaited event -> function that ends the wait
  #isStopping = false;
  #isOver = false;

  constructor(stream, { kind, type, quality }) {
    super();
    this.stream = stream;
    this.#recorder = new MediaRecorder(stream, recorderOptions(kind, type, quality));
    this.type = this.#recorder.mimeType || type;
    this.#recorder.ondataavailable = ({ data }) => {
      if (!data.size || this.#isOver) return;
      this.#awaitSlice();
      this.#emit("slice", { blob: data, at: performance.now() });
    };
    this.#recorder.onstart = () => this.#started(performance.now());
    this.#recorder.onpause = () => this.#paused();
    this.#recorder.onerror = () => this.interrupt("recorder");
    this.#recorder.onstop = () => this.#stopped();
    for (const track of stream.getTracks()) this.#watch(track);
  }

  /**
   * Start recording. Throws if the browser refuses, for example because a track has just ended or a type cannot be
   * written.
   */
  start() {
    const at = performance.now();
    this.#recorder.start(SLICE_MS);
    this.#within("start", STARTED_MS, () => (this.#recorder.state === "recording" ? this.#started(at) : this.interrupt("recorder")));
  }

  /** Wait for the next slice, unless the recorder pauses or stops. */
  #awaitSlice() {
    this.#within("slice", NO_SLICE_MS, () => this.#recorder.state === "recording" && this.interrupt("recorder"));
  }

  pause() {
    if (this.#recorder.state !== "recording") return;
    this.#cease("resume");
    this.#recorder.requestData();
    this.#recorder.pause();
    this.#within("pause", PAUSED_MS, () => (this.#recorder.state === "paused" ? this.#paused() : this.interrupt("unpaused")));
  }

  resume() {
    if (this.#recorder.state !== "paused") return;
    this.#recorder.resume();
    this.#awaitSlice();
    this.#within("resume", PAUSED_MS, () => this.#recorder.state === "paused" && this.interrupt("recorder"));
  }

  /** Emit the recorded data now, because the page may be about to close. */
  flush() {
    if (this.#recorder.state === "recording") this.#recorder.requestData();
  }

  stop() {
    if (this.#recorder.state === "inactive") return this.#stopped();
    if (this.#isStopping) return;
    this.#isStopping = true;
    for (const name of ["start", "pause", "resume"]) this.#cease(name);
    this.#within("release", RELEASE_MS, () => this.#stopTracks());
    this.#within("stop", STOPPED_MS, () => this.#stopped({ isWhole: false }));
    this.#recorder.stop();
  }

  /** Release the devices, so that their indicator lights go out. */
  release() {
    this.#isOver = true;
    for (const name of this.#waits.keys()) this.#cease(name);
    this.#stopTracks();
  }

  #stopTracks() {
    for (const track of this.stream.getTracks()) track.stop();
  }

  /** Call `act` after `ms`, unless #cease(name) is called before. */
  #within(name, ms, act) {
    this.#cease(name);
    this.#waits.set(name, after(ms, act));
  }

  #cease(name) {
    this.#waits.get(name)?.();
  }

  #started(at) {
    this.#cease("start");
    this.#awaitSlice();
    this.#emit("started", { at });
  }

  #paused() {
    this.#cease("pause");
    if (this.#recorder.state === "paused") this.#emit("paused");
  }

  #watch(track) {
    const name = track.kind === "audio" ? "microphone" : "camera";
    track.onended = () => this.interrupt(name);
    track.onmute = () => this.#within(name, MUTE_GRACE_MS, () => this.interrupt(`${name}_muted`));
    track.onunmute = () => this.#cease(name);
    // A camera that the system has switched off sends no event. A silent microphone is reported only after the
    // recording, because a person who signs does not need it.
    if (track.muted && name === "camera") track.onmute();
  }

  /** Stop because of an interruption. Everything recorded so far is kept. */
  interrupt(reason) {
    if (this.#isOver) return;
    this.#reason ??= reason;
    this.stop();
  }

  #stopped({ isWhole = true } = {}) {
    if (this.#isOver) return;
    // If all tracks end, the recorder may stop before the tracks report it.
    const ended = !this.#isStopping && this.stream.getTracks().find((track) => track.readyState === "ended");
    const reason = this.#reason ?? (ended ? (ended.kind === "audio" ? "microphone" : "camera") : null);
    this.release();
    this.#emit("stopped", { reason, isWhole });
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
