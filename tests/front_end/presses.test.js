// Which presses count, where one is meant and several come.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BOUNCE_MS, Presses } from "../../app/static/js/recorder/presses.js";

const RECORDING = ["stop", "pause", "more"];
const PAUSED = ["stop", "resume", "more"];

for (const gap of [1, 120, 300, 600]) {
  test(`second press of a button after ${gap} ms does not count`, () => {
    const presses = new Presses();
    assert.equal(presses.accept("more", RECORDING, 0), true);
    assert.equal(presses.accept("more", RECORDING, gap), false);
  });

  test(`press of what the first press brought does not count after ${gap} ms`, () => {
    const presses = new Presses();
    assert.equal(presses.accept("pause", RECORDING, 0), true);
    assert.equal(presses.accept("resume", PAUSED, gap), false);
  });
}

test("press of another button that was there before counts at once", () => {
  const presses = new Presses();
  assert.equal(presses.accept("pause", RECORDING, 0), true);
  assert.equal(presses.accept("stop", PAUSED, 100), true);
});

test("a tremor of many presses is one press", () => {
  const presses = new Presses();
  const counted = [0, 300, 600, 900, 1200].filter((at) => presses.accept("more", RECORDING, at));
  assert.deepEqual(counted, [0]);
});

test("press after another control was gone to counts", () => {
  const presses = new Presses();
  presses.accept("pause", RECORDING, 0);
  presses.forget();
  assert.equal(presses.accept("resume", PAUSED, 100), true);
});

test("press after a rest counts", () => {
  const presses = new Presses();
  presses.accept("pause", RECORDING, 0);
  assert.equal(presses.accept("resume", PAUSED, BOUNCE_MS), true);
});
