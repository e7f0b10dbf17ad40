// If the computer sleeps for an hour during a wait for the browser or the server, the wait does not fail.

import "./page.js";

import assert from "node:assert/strict";
import { test } from "node:test";

import { recording } from "./silent_recorder.js";
import { settle, withClock } from "./timers.js";

const HOUR = 3600_000;

/** An element that a script of the page looks for. */
function element(values = {}) {
  return { hidden: false, textContent: "", dataset: {}, addEventListener() {}, setAttribute() {}, removeAttribute() {}, ...values };
}

const places = { status: element(), "send-wait": element() };
document.getElementById = (id) => places[id] ?? null;

const { Countdown } = await import("../../app/static/js/recorder/before.js");
const { request, postJson } = await import("../../app/static/js/recorder/server.js");
const { Sending } = await import("../../app/static/js/recorder/sending.js");
const { TakeUpload } = await import("../../app/static/js/recorder/take_upload.js");
const { createUpload, readOffset, sendPart } = await import("../../app/static/js/recorder/tus.js");
const { page } = await import("../../app/static/js/recorder/words.js");

test("stop event that comes just after the timers at waking ends a whole recording", () =>
  withClock(async (pass) => {
    const { capture, recorder, said } = recording();
    capture.stop();
    await pass(HOUR);
    recorder.ondataavailable({ data: { size: 1 } });
    recorder.onstop();
    assert.deepEqual(said.at(-1), ["stopped", { reason: null, isWhole: true }]);
  }));

test("stop event that never comes is waited for after a sleep, and not for ever", () =>
  withClock(async (pass) => {
    const { capture, track, said } = recording();
    capture.stop();
    await pass(HOUR);
    assert.equal(said.at(-1)[0], "started");
    for (let seconds = 0; seconds < 6; seconds += 1) await pass(1000);
    assert.deepEqual(said.at(-1), ["stopped", { reason: null, isWhole: false }]);
    assert.equal(track.readyState, "ended");
  }));

test("microphone that is muted only while the computer sleeps does not end the recording", () =>
  withClock(async (pass) => {
    const { track, said } = recording();
    track.onmute();
    await pass(HOUR);
    track.onunmute();
    for (let seconds = 0; seconds < 5; seconds += 1) await pass(1000);
    assert.equal(said.at(-1)[0], "started");
  }));

/** A request that is answered when `answer(response)` is called, and rejects when it is aborted. */
function pendingFetch() {
  const made = { isAborted: false };
  globalThis.fetch = (_url, { signal }) =>
    new Promise((resolve, reject) => {
      made.answer = resolve;
      signal.addEventListener("abort", () => reject((made.isAborted = true)));
    });
  return made;
}

test("answer that comes just after the timer at waking is used", () =>
  withClock(async (pass) => {
    const made = pendingFetch();
    const answered = request("/", {}, (response) => response.status);
    await pass(HOUR);
    made.answer(new Response(null, { status: 204 }));
    assert.equal(await answered, 204);
    assert.equal(made.isAborted, false);
  }));

test("request without an answer is given up after half a minute, also after a sleep", () =>
  withClock(async (pass) => {
    for (const sleep of [0, HOUR]) {
      const made = pendingFetch();
      const refused = assert.rejects(
        request("/", {}, () => {}),
        { kind: "retry" },
      );
      if (sleep) await pass(sleep);
      await pass(29_000);
      assert.equal(made.isAborted, false);
      await pass(1_100);
      await refused;
    }
  }));

test("body that stalls is given up too, and a body that is cut off or of a proxy is tried again", () =>
  withClock(async (pass) => {
    globalThis.fetch = async (_url, { signal }) => ({
      ok: true,
      json: () => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted")))),
    });
    const refused = assert.rejects(postJson("/stop"), { kind: "retry" });
    await pass(31_000);
    await refused;
    globalThis.fetch = async () => new Response("<html>", { status: 200 });
    await assert.rejects(postJson("/stop"), { kind: "retry" });
  }));

test("answer of a proxy in place of the server changes nothing of an upload", async () => {
  globalThis.fetch = async () => new Response("<html>", { status: 200 });
  const values = { take: "t", segment: 1, session: "s", filetype: "audio/webm" };
  await assert.rejects(createUpload("/uploads/", values), { kind: "retry" });
  await assert.rejects(readOffset("/uploads/1"), { kind: "retry" });
  const part = { offset: 8, bytes: new ArrayBuffer(2), checksum: "", recordedMs: 1 };
  await assert.rejects(sendPart("/uploads/1", part), { kind: "retry" });
});

test("Keep goes on waiting for the stop report after a sleep", () =>
  withClock(async (pass) => {
    const upload = new TakeUpload({ take: "t", segments: [], stop: { sent: false } }, { store: {}, page: {} });
    let isOver = false;
    upload.whenStopped(15_000).then(() => (isOver = true));
    await pass(HOUR);
    assert.equal(isOver, false);
    await pass(15_000);
    assert.equal(isOver, true);
  }));

test("sending goes on waiting after a sleep, and stops when nothing arrives for a minute", () =>
  withClock(async (pass) => {
    page.strings = { send_waiting: "waiting {length}", send_stalled: "stalled {length}", send_lost: "lost" };
    const upload = {
      record: { take: "t", segments: [{ bytes: 9, recordedMs: 9000, sentMs: 0 }], stop: { sent: true } },
      held: [],
      state: "sending",
      progress: { sent: 1, total: 9 },
    };
    const buttons = { now: element({ hidden: true }), wait: element() };
    const listeners = {};
    const form = element({
      elements: { csrf_token: {}, told: {} },
      querySelector: (selector) => buttons[selector.includes("now") ? "now" : "wait"],
      addEventListener: (name, listen) => (listeners[name] = listen),
      requestSubmit: () => assert.fail("sent too early"),
    });
    new Sending(form, [upload]);
    listeners.submit({ submitter: buttons.wait, preventDefault() {} });
    await pass(HOUR);
    assert.match(places["send-wait"].textContent, /^waiting/);
    await pass(60_000);
    assert.match(places["send-wait"].textContent, /^stalled/);
  }));

test("recording does not begin at waking if the computer slept in the countdown", () =>
  withClock(async (pass) => {
    page.countdown_seconds = 0; // nothing is announced
    page.quiet_seconds = 0;
    const run = async (ms) => {
      const said = [];
      const countdown = new Countdown({ clock() {} });
      countdown.run(
        "starts_in",
        () => true,
        () => said.push("begun"),
        () => said.push("slept"),
      );
      await settle();
      await pass(ms);
      return said;
    };
    assert.deepEqual(await run(2500), ["begun"]);
    assert.deepEqual(await run(HOUR), ["slept"]);
  }));
