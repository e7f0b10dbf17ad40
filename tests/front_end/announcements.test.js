// What the live region of a page announces, and when.

import "./page.js";

import assert from "node:assert/strict";
import { test } from "node:test";

import { withClock } from "./timers.js";

const region = { hidden: true, textContent: "" };
document.getElementById = () => /** @type {any} */ (region);

const { beginCountdown, beginSilence, endSilence, say, sayCountdown } = await import("../../app/static/js/recorder/silence.js");

/** Let the region be shown or emptied, and then get its message. */
async function announced(pass) {
  await pass(5000);
  await pass(5000);
  return region.textContent;
}

test("live region is hidden until there is a message", () =>
  withClock(async (pass) => {
    assert.equal(region.hidden, true);
    say("Saved.");
    assert.equal(await announced(pass), "Saved.");
    assert.equal(region.hidden, false);
  }));

test("countdown is announced without the message that came just before", () =>
  withClock(async (pass) => {
    say("All of your recording has arrived.");
    beginCountdown();
    sayCountdown("Recording in 5 seconds.");
    assert.equal(await announced(pass), "Recording in 5 seconds.");
  }));

test("message that comes during a recording is announced after it", () =>
  withClock(async (pass) => {
    beginSilence();
    say("60 % has arrived.", "upload");
    say("80 % has arrived.", "upload");
    assert.equal(await announced(pass), "Recording in 5 seconds.");
    endSilence("Recording stopped.");
    assert.equal(await announced(pass), "Recording stopped. 80 % has arrived.");
  }));
