// The recorder's pure parts: states, recorded time, limits, words, waits.

import "./page.js";

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { AnswerSink, Intake } from "../../app/static/js/recorder/answer_sink.js";
import { Limit, RecordedClock } from "../../app/static/js/recorder/clock.js";
import { qualityFor } from "../../app/static/js/recorder/connection.js";
import { decibels, wordFor } from "../../app/static/js/recorder/level.js";
import { next, START } from "../../app/static/js/recorder/session.js";
import { moment } from "../../app/static/js/recorder/thinking.js";
import { quarter } from "../../app/static/js/recorder/upload_status.js";
import { delay } from "../../app/static/js/recorder/waiting.js";
import { words } from "../../app/static/js/recorder/words.js";

const WALKS = [
  ["start ready captured stop saved", "review"],
  ["start ready captured limit saved", "review"],
  ["start ready captured lost saved", "offered"],
  ["start ready captured stop nothing", "idle"],
  ["start ready captured pause resume captured", "recording"],
  ["start ready captured pause resume pause", "paused"],
  ["start ready captured pause resume stop", "stopping"],
  ["start ready captured pause lost saved", "offered"],
  ["start ready stop", "idle"],
  ["start failed", "idle"],
  ["start ready lost", "idle"],
  ["start armed ready captured", "recording"],
  ["start armed cancelled", "idle"],
  ["start armed ready stop", "idle"],
  ["recovered goOn armed ready stop", "offered"],
  ["start ready captured stop saved start armed cancelled", "review"],
  ["recovered goOn failed", "offered"],
  ["recovered goOn ready captured", "recording"],
  ["recovered keep", "review"],
  ["start ready captured stop saved start ready stop", "review"],
  ["stop pause resume keep goOn captured saved limit", "idle"],
  ["start start recovered ready start captured start resume", "recording"],
];

test("states follow their events and ignore all others", () => {
  for (const [events, end] of WALKS) {
    const state = events.split(" ").reduce((before, type) => next(before, { type }), START);
    assert.equal(state.phase, end, events);
  }
});

test("event without meaning gives back the same state", () => {
  assert.equal(next(START, { type: "stop" }), START);
});

test("recorded time leaves out pauses and a sleeping machine", () => {
  const clock = new RecordedClock(1000);
  clock.run(0);
  clock.tick(250);
  assert.equal(clock.elapsed(500), 1500);
  clock.hold(1000);
  assert.equal(clock.elapsed(9000), 2000);
  clock.run(10_000);
  assert.equal(clock.tick(10_250), true);
  assert.equal(clock.tick(99_000), false);
  assert.equal(clock.elapsed(99_000), 2250);
});

test("limit is lengthened and never shortened", () => {
  const limit = new Limit({ recording_seconds: 60, warn_at: [10, 30] });
  assert.equal(limit.lengthen(30), false);
  assert.equal(limit.left(50_000), 10_000);
  assert.deepEqual(
    [29_000, 31_000, 55_000].map((elapsed) => limit.warning(elapsed)),
    [null, 30, 10],
  );
  assert.equal(limit.isReached(60_000), true);
  assert.equal(limit.lengthen(120), true);
  assert.equal(limit.isReached(60_000), false);
  assert.equal(limit.lengthen(null), true);
  assert.equal(limit.left(1e9), null);
  assert.equal(limit.lengthen(60), false);
  assert.equal(limit.isReached(1e9), false);
});

test("lengths are said in the language of the page", () => {
  const lengths = [0, 999, 1000, 72_000, 3_600_000, 3_725_000];
  assert.deepEqual(lengths.map(words), [
    "0 seconds",
    "0 seconds",
    "1 second",
    "1 minute 12 seconds",
    "1 hour",
    "1 hour 2 minutes 5 seconds",
  ]);
  document.documentElement.lang = "de";
  assert.equal(words(72_000), "1 Minute, 12 Sekunden");
  document.documentElement.lang = "ar";
  assert.deepEqual([1000, 2000, 72_000, 180_000].map(words), ["ثانية", "ثانيتان", "دقيقة و12 ثانية", "3 دقائق"]);
  document.documentElement.lang = "en";
});

test("waits grow and stay under their ceiling", () => {
  assert.deepEqual(
    [0, 1, 2, 5, 50].map((failures) => [delay(failures, 0), delay(failures, 1)]),
    [
      [200, 400],
      [400, 800],
      [800, 1600],
      [6400, 12_800],
      [10_000, 20_000],
    ],
  );
});

test("thinking time speaks at half and near its end and not between", () => {
  const said = [];
  for (let left = 300; left >= 0; left -= 1) said.push(moment(300, left + 1, left));
  assert.deepEqual(
    said.filter((due) => due !== null),
    [150, 60, 30, 10, 0],
  );
  assert.deepEqual([moment(20, 21, 20), moment(20, 11, 10), moment(120, 90, 25)], [null, 10, 30]);
});

test("loudness and lines have their words", () => {
  assert.deepEqual([-20, -50, -90].map(wordFor), ["heard", "quiet", "silent"]);
  assert.equal(Math.round(decibels(new Float32Array(100).fill(0.1))), -20);
  assert.deepEqual([100, 1000, 9000].map(qualityFor), ["audio", "video360", "video720"]);
});

test("quarter is 100 only when all has arrived", () => {
  const at = (sent, state = "sending") => quarter({ sent, total: 1000, state });
  assert.deepEqual([at(0), at(249), at(250), at(999), at(1000), at(1000, "done")], [0, 0, 25, 75, 75, 100]);
  assert.equal(quarter({ sent: 0, total: 0, state: "sending" }), 0);
});

test("slice of any size becomes parts of 256 KiB in order", async () => {
  const bytes = Uint8Array.from({ length: 600_000 }, (_, index) => index % 251);
  const segment = { session: "s", seq: 0, bytes: 0 };
  const record = { segments: [segment] };
  const parts = [];
  const store = { saveRecord() {}, addPart: async (part) => parts.push([part.seq, part.offset, part.bytes.byteLength, part.checksum]) };
  const intake = new Intake(record, segment, store, () => {});
  intake.add(new Blob([bytes]), 3000);
  intake.add(new Blob([bytes.slice(0, 10)]), 6000);
  await intake.end(6100);
  assert.deepEqual(
    parts.map((part) => part.slice(0, 3)),
    [
      [0, 0, 262_144],
      [1, 262_144, 262_144],
      [2, 524_288, 75_712],
      [3, 600_000, 10],
    ],
  );
  const hash = createHash("sha256").update(bytes.slice(262_144, 524_288)).digest("base64");
  assert.equal(parts[1][3], `sha256 ${hash}`);
  assert.deepEqual([segment.ended, segment.bytes, segment.recordedMs], [true, 600_010, 6100]);
});

test("take begun after something was recorded has another recorder, and one after a cancelled countdown the same", async () => {
  const said = [];
  globalThis.navigator ??= {};
  globalThis.fetch = async (_url, { body }) => {
    said.push(JSON.parse(body).recorder);
    return Response.json({ take_id: `take of ${said.at(-1)}`, number: said.length, limits: {} });
  };
  const sink = new AnswerSink({ urls: { takes: "/takes" } }, {});
  await sink.begin("audio", "audio/webm");
  await sink.begin("audio", "audio/webm");
  sink.record.segments.push({ session: "one", bytes: 0 });
  await sink.begin("audio", "audio/webm");
  assert.equal(said[0], said[1]);
  assert.notEqual(said[1], said[2]);
});
