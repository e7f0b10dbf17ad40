// What the live region of a page announces, and when.

import "./page.js";

import assert from "node:assert/strict";
import { test } from "node:test";

import { withClock } from "./timers.js";

const region = { hidden: true, textContent: "" };
document.getElementById = () => /** @type {any} */ (region);

const { beginCountdown, beginSilence, endSilence, say, sayCountdown } = await import("../../app/static/js/recorder/silence.js");

let hours = 0;

/** Run `act(pass)` with a clock, an hour after the announcements of the test before. */
const later = (act) =>
  withClock(async (pass) => {
    hours += 1;
    await pass(3_600_000 * hours);
    await act(pass);
    endSilence();
  });

/** Let the region be shown or emptied, and then get its message. */
async function announced(pass) {
  await pass(5000);
  await pass(5000);
  return region.textContent;
}

test("live region is hidden until there is a message", () =>
  later(async (pass) => {
    assert.equal(region.hidden, true);
    say("Saved.");
    assert.equal(await announced(pass), "Saved.");
    assert.equal(region.hidden, false);
  }));

test("countdown is announced without the message that came just before", () =>
  later(async (pass) => {
    say("All of your recording has arrived.");
    beginCountdown();
    sayCountdown("Recording in 5 seconds.");
    assert.equal(await announced(pass), "Recording in 5 seconds.");
  }));

test("two messages in a row are there long enough for a slow screen reader, which reads a region late", () =>
  later(async (pass) => {
    say("Saved.");
    await announced(pass);
    say("All of your recording has arrived.");
    await pass(150);
    assert.equal(region.textContent, "Saved.");
    await pass(2000);
    assert.equal(region.textContent, "Saved.");
    assert.equal(await announced(pass), "All of your recording has arrived.");
  }));

test("countdown does not wait until the message before it was there long enough", () =>
  later(async (pass) => {
    say("All of your recording has arrived.");
    await announced(pass);
    beginCountdown();
    sayCountdown("Recording in 5 seconds.");
    await pass(150);
    await pass(150);
    assert.equal(region.textContent, "Recording in 5 seconds.");
  }));

test("message that comes during a recording is announced after it", () =>
  later(async (pass) => {
    beginSilence();
    const before = region.textContent;
    say("60 % has arrived.", "upload");
    say("80 % has arrived.", "upload");
    assert.equal(await announced(pass), before);
    endSilence("Recording stopped.");
    assert.equal(await announced(pass), "Recording stopped. 80 % has arrived.");
  }));
