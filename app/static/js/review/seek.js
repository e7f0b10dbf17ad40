// Going to a place in the recording. While it plays, one hears where that is; where it rests, it is said.

import { say } from "../recorder/silence.js";
import { clockTime } from "../clock_time.js";

/** Go to a place in milliseconds, never beyond an end. */
export function goTo(media, ms) {
  const place = Math.min(Math.max(0, ms), media.duration * 1000 || Infinity);
  media.currentTime = place / 1000;
  if (!media.paused) return;
  say(document.getElementById("player").dataset.moved.replace("{time}", clockTime(place)), "moved");
}

/** Go a millisecond into what begins there: where one caption ends as the next begins, Chromium shows both at that moment. */
export function goInto(media, startMs) {
  goTo(media, startMs + 1);
}
