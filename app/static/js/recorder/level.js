// Describes the loudness of the microphone in words. No sound leaves the page.

import { page } from "./words.js";

const HEARD_DB = -45; // speech at arm's length is well above this level, a quiet room below it
const QUIET_DB = -62;
const SETTLED_MS = 900; // a word is announced only after it has been stable for this long
const REMEMBER_MS = 1500; // pauses between words must not count as silence

/** Return the loudness of samples from -1 to 1, in decibels below full scale. */
export function decibels(samples) {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return power ? 10 * Math.log10(power) : -100;
}

/** Return the word for a loudness: heard, quiet or silent. */
export function wordFor(db) {
  if (db >= HEARD_DB) return "heard";
  return db >= QUIET_DB ? "quiet" : "silent";
}

const ENOUGH = 10; // with fewer measurements there is no result
const MEASURE_MS = 100;
const FAINT_DB = -60; // a sound below this level does not disturb an answer
const ABOVE_NOISE_DB = 12; // a voice is this much louder than the steady noise of a room
const NOISE_MEASURES = 40; // the noise is the quietest of this many measurements
const QUIET_MS = 700; // longer than a pause between the words of a screen reader
const EARLY_MS = 1500;
const FIRST_MEASURES = 45; // enough for any announcement and the pause after it
const ANNOUNCEMENT = /^-{0,2}x.{0,38}?-{5}/; // a voice (x) in the first 0.3 s, then a pause (-) of half a second

/**
 * Whether a voice is heard from the first moment of a recording on, and then pauses, as the end of an announcement does.
 * app/media/early_voice.py finds it in the samples. `levels` are the measurements from the start, in decibels.
 */
export function endsAnnouncement(levels) {
  return ANNOUNCEMENT.test(levels.map((db) => (wordFor(db) === "heard" ? "x" : "-")).join(""));
}

/**
 * Listens to the microphone without changing the page. Create it before capture begins.
 *
 * Before capture, `isQuiet` is true if no voice has been heard for a moment. During capture, `isSilent` is true if it has
 * measured enough and all sound was below the "silent" level of the device check. `isEarly` is true if something was
 * heard in the first moments of capture; in an answer, which may begin at once, only if a pause follows.
 */
export class SoundWatch {
  #loudest = -Infinity;
  #measures = 0;
  #timer = 0;
  #recent = []; // the latest measurements before capture
  #heardAt = -Infinity; // when a voice was last heard before capture
  #early = -Infinity; // the loudest measurement in the first moments
  #first = []; // the first measurements of the capture

  constructor(stream) {
    if (!stream.getAudioTracks().length) return;
    try {
      this.context = new AudioContext();
      this.analyser = new AnalyserNode(this.context, { fftSize: 8192 });
      this.context.createMediaStreamSource(stream).connect(this.analyser);
      this.context.resume();
      this.samples = new Float32Array(this.analyser.fftSize);
    } catch {
      this.context = null; // without it the level is unknown, so isSilent stays false
    }
  }

  /** Listen before capture. */
  listen() {
    this.#recent = [];
    this.#every((db) => {
      this.#recent = [...this.#recent, db].slice(-NOISE_MEASURES);
      if (db > Math.max(FAINT_DB, Math.min(...this.#recent) + ABOVE_NOISE_DB)) this.#heardAt = performance.now();
    });
  }

  /** Listen during capture. */
  run() {
    const began = performance.now();
    this.#every((db) => {
      this.#loudest = Math.max(this.#loudest, db);
      this.#measures += 1;
      if (this.#first.length < FIRST_MEASURES) this.#first.push(db);
      if (performance.now() - began < EARLY_MS) this.#early = Math.max(this.#early, db);
    });
  }

  hold() {
    clearInterval(this.#timer);
  }

  close() {
    this.hold();
    this.context?.close();
    this.context = null;
  }

  get isQuiet() {
    return performance.now() - this.#heardAt >= QUIET_MS;
  }

  get isSilent() {
    return this.#measures >= ENOUGH && wordFor(this.#loudest) === "silent";
  }

  get isEarly() {
    return page.mode === "practice" ? wordFor(this.#early) === "heard" : endsAnnouncement(this.#first);
  }

  #every(act) {
    this.hold();
    if (this.context) this.#timer = setInterval(() => this.#measure(act), MEASURE_MS);
  }

  #measure(act) {
    if (this.context.state !== "running") return; // a suspended analyser would return zeros
    this.analyser.getFloatTimeDomainData(this.samples);
    act(decibels(this.samples));
  }
}

/**
 * Measure a stream ten times a second. Calls onLevel(0..100) each time, and onWord(word) when the word has changed
 * and is stable. Returns a function that stops it.
 */
export function watchLevel(stream, { onLevel, onWord }) {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 2048 });
  context.createMediaStreamSource(stream).connect(analyser);
  context.resume();
  const samples = new Float32Array(analyser.fftSize);
  let [peak, peakAt, word, candidate, since] = [-100, 0, null, null, 0];
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const [db, at] = [decibels(samples), performance.now()];
    onLevel(Math.max(0, Math.min(100, Math.round((db + 70) * (100 / 60)))));
    if (db >= peak || at - peakAt > REMEMBER_MS) [peak, peakAt] = [db, at];
    const heard = wordFor(peak);
    if (heard !== candidate) [candidate, since] = [heard, at];
    if (heard !== word && at - since >= SETTLED_MS) onWord((word = heard));
  }, 100);
  return () => {
    clearInterval(timer);
    context.close();
  };
}
