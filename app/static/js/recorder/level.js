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
