// Seeks in the recording. The new time is announced only while playback is paused.

import { say } from "../recorder/silence.js";
import { clockTime } from "../clock_time.js";

/** Seek to a time in milliseconds, limited to the length of the recording. */
export function goTo(media, ms) {
  const place = Math.min(Math.max(0, ms), media.duration * 1000 || Infinity);
  media.currentTime = place / 1000;
  if (!media.paused) return;
  say(document.getElementById("player").dataset.moved.replace("{time}", clockTime(place)), "moved");
}

/**
 * Seek to one millisecond after the start of a cue. At the exact start, Chromium also shows a cue that ends there.
 */
export function goInto(media, startMs) {
  goTo(media, startMs + 1);
}
