// Only one of several accidental presses counts.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BOUNCE_MS, Presses } from "../../app/static/js/recorder/presses.js";

for (const gap of [1, 120, 300, 600]) {
  test(`second press of a button after ${gap} ms does not count`, () => {
    const presses = new Presses();
    assert.equal(presses.accept("more", 0, false), true);
    assert.equal(presses.accept("more", gap, false), false);
  });

  test(`press of the button that took the place of the first does not count after ${gap} ms`, () => {
    const presses = new Presses();
    assert.equal(presses.accept("pause", 0, false), true);
    assert.equal(presses.accept("resume", gap, true), false);
  });
}

test("press of a button elsewhere counts at once", () => {
  const presses = new Presses();
  assert.equal(presses.accept("pause", 0, false), true);
  assert.equal(presses.accept("stop", 100, false), true);
});

test("tremor of many presses is one press", () => {
  const presses = new Presses();
  const counted = [0, 300, 600, 900, 1200].filter((at) => presses.accept("more", at, false));
  assert.deepEqual(counted, [0]);
});

test("press after another key counts", () => {
  const presses = new Presses();
  presses.accept("pause", 0, false);
  presses.forget();
  assert.equal(presses.accept("resume", 100, true), true);
});

test("press after a rest counts", () => {
  const presses = new Presses();
  presses.accept("pause", 0, false);
  assert.equal(presses.accept("resume", BOUNCE_MS, true), true);
});
