// Times in digits: the same examples as for the server (tests/captions/test_clock.py).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { clockTime, readTime, writeTime } from "../../app/static/js/clock_time.js";

const CASES = JSON.parse(readFileSync(new URL("../clock_cases.json", import.meta.url), "utf8"));

test("place in a recording is written in digits", () => {
  for (const [ms, text] of CASES.clock_time) assert.equal(clockTime(ms), text);
});

test("time in a field has milliseconds and is read back", () => {
  for (const [ms, text] of CASES.write_time) {
    assert.equal(writeTime(ms), text);
    assert.equal(readTime(text), ms);
  }
});

test("typed time is milliseconds or null", () => {
  for (const [text, ms] of CASES.read_time) assert.equal(readTime(text), ms, text);
});

test("player's fractions of a millisecond are rounded", () => {
  assert.equal(writeTime(59_999.6), "1:00.000");
  assert.equal(clockTime(59_999.6), "0:59");
});
