// The recorder handles a browser that ignores a request or responds late.

import "./page.js";

import assert from "node:assert/strict";
import { test } from "node:test";

import { recording } from "./silent_recorder.js";
import { withClock } from "./timers.js";

const SLICE = { data: { size: 1 } };

async function seconds(pass, count) {
  for (let second = 0; second < count; second += 1) await pass(1000);
}

test("slice and stop event that come after the recording was reported are dropped", () =>
  withClock(async (pass) => {
    const { capture, recorder, said } = recording();
    recorder.ondataavailable(SLICE);
    capture.stop();
    await seconds(pass, 6);
    recorder.ondataavailable(SLICE);
    recorder.onstop();
    assert.deepEqual(
      said.map(([name]) => name),
      ["started", "slice", "stopped"],
    );
  }));

test("recorder that does not resume is stopped, and one that resumes without an event is not", () =>
  withClock(async (pass) => {
    for (const [changes, last] of [
      [{ resume() {} }, "stopped"],
      [{}, "paused"],
    ]) {
      const { capture, recorder, said } = recording({ changes });
      capture.pause();
      recorder.onpause();
      capture.resume();
      await seconds(pass, 3);
      await seconds(pass, 6);
      assert.equal(said.at(-1)[0], last);
      if (last === "stopped") assert.equal(said.at(-1)[1].reason, "recorder");
    }
  }));

test("pause soon after resuming is a pause", () =>
  withClock(async (pass) => {
    const { capture, recorder, said } = recording();
    capture.pause();
    recorder.onpause();
    capture.resume();
    await pass(500);
    capture.pause();
    recorder.onpause();
    await seconds(pass, 8);
    assert.equal(said.at(-1)[0], "paused");
  }));

test("camera that was switched off before the recording is reported, a microphone is not", () =>
  withClock(async (pass) => {
    const camera = recording({ facts: { kind: "video", muted: true } });
    const microphone = recording({ facts: { kind: "audio", muted: true } });
    await seconds(pass, 9);
    assert.equal(camera.said.at(-1)[1].reason, "camera_muted");
    assert.equal(microphone.said.at(-1)[0], "started");
  }));

test("camera that begins to send within three seconds is used", () =>
  withClock(async (pass) => {
    const { track, said } = recording({ facts: { kind: "video", muted: true } });
    await pass(1000);
    track.onunmute();
    await seconds(pass, 9);
    assert.equal(said.at(-1)[0], "started");
  }));
