// Shows on the list of questions that the camera and microphone were checked today in this browser.

import { savedChoice } from "./saved_choice.js";

/** Return whether two times, in milliseconds, are on the same day in this time zone. */
function isSameDay(one, other) {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

/** Show the note if the devices were checked today. */
export function showChecked() {
  const note = document.getElementById("checked");
  if (note) note.hidden = !isSameDay(savedChoice().checkedAt ?? 0, Date.now());
}
