// A fake MediaRecorder that sends no events by itself, and a Capture that uses it. Import it after page.js.

/** A MediaRecorder whose events only a test sends. */
export class SilentRecorder {
  static isTypeSupported = () => true;
  state = "inactive";
  mimeType = "audio/webm";
  start() {
    this.state = "recording";
  }
  pause() {
    this.state = "paused";
  }
  resume() {
    this.state = "recording";
  }
  requestData() {}
  stop() {
    this.state = "inactive";
  }
}

Object.assign(globalThis, { MediaRecorder: SilentRecorder, location: { href: "https://example.org/", origin: "https://example.org" } });
globalThis.localStorage ??= { getItem: () => null, setItem() {} };

const { Capture } = await import("../../app/static/js/recorder/capture.js");

/**
 * Record one track. Returns {capture, recorder, track, said}: `said` has the events of the capture as [name, detail].
 * `facts` change the track, `changes` the recorder.
 */
export function recording({ facts = {}, changes = {} } = {}) {
  const track = { kind: "audio", readyState: "live", stop: () => (track.readyState = "ended"), ...facts };
  let recorder;
  globalThis.MediaRecorder = class extends SilentRecorder {
    constructor() {
      super();
      recorder = Object.assign(this, changes);
    }
  };
  const capture = new Capture({ getTracks: () => [track] }, { kind: "audio", type: "audio/webm" });
  const said = [];
  for (const name of ["started", "paused", "slice", "stopped"]) capture.addEventListener(name, ({ detail }) => said.push([name, detail]));
  capture.start();
  recorder.onstart();
  return { capture, recorder, track, said };
}
