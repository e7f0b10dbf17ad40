// How loud the microphone is, in words that a person can act on. No sound leaves the page.

const HEARD_DB = -45; // speech at arm's length is well above this, a quiet room below
const QUIET_DB = -62;
const SETTLED_MS = 900; // a word is said only when it has held for so long
const REMEMBER_MS = 1500; // between two words of a sentence one is not "silent"

/** Loudness of samples in -1..1 as decibels below full scale. */
export function decibels(samples) {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return power ? 10 * Math.log10(power) : -100;
}

/** heard, quiet or silent. */
export function wordFor(db) {
  if (db >= HEARD_DB) return "heard";
  return db >= QUIET_DB ? "quiet" : "silent";
}

const ENOUGH = 10; // measures below which nothing is said

/**
 * Listens while capture runs whether anything is heard, and changes nothing on the page. Made before capture begins.
 * `isSilent`: true when it has listened and heard nothing above the "silent" of the device check.
 */
export class SoundWatch {
  #loudest = -Infinity;
  #measures = 0;
  #timer = 0;

  constructor(stream) {
    if (!stream.getAudioTracks().length) return;
    try {
      this.context = new AudioContext();
      this.analyser = new AnalyserNode(this.context, { fftSize: 8192 });
      this.context.createMediaStreamSource(stream).connect(this.analyser);
      this.context.resume();
      this.samples = new Float32Array(this.analyser.fftSize);
    } catch {
      this.context = null; // then it is not known, and nothing is said
    }
  }

  run() {
    this.hold();
    if (this.context) this.#timer = setInterval(() => this.#measure(), 100);
  }

  hold() {
    clearInterval(this.#timer);
  }

  close() {
    this.hold();
    this.context?.close();
    this.context = null;
  }

  get isSilent() {
    return this.#measures >= ENOUGH && wordFor(this.#loudest) === "silent";
  }

  #measure() {
    if (this.context.state !== "running") return; // it would give zeros
    this.analyser.getFloatTimeDomainData(this.samples);
    this.#loudest = Math.max(this.#loudest, decibels(this.samples));
    this.#measures += 1;
  }
}

/** Measure a stream ten times a second: onLevel(0..100) each time, onWord(word) when it has changed and settled. */
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
