// Connects the recorder to the buttons of its page; the same for a question and for practice.

import { onPress } from "./controls.js";
import { page } from "./page.js";
import { Playback } from "./playback.js";
import { Recorder } from "./recorder.js";
import { View } from "./view.js";

const CLOCK_KEY = "fairtake-show-clock";

/** Make the recorder of this page with that sink; every button with data-action calls the method of that name. */
export function wire(sink, onEnd) {
  const root = document.getElementById("recorder");
  const view = new View(root);
  const recorder = new Recorder({ view, sink, playback: new Playback(view.part("playback")), onEnd });
  for (const button of root.querySelectorAll("[data-action]")) {
    onPress(button, () => recorder[button.dataset.action]());
  }
  rememberClock(view);
  const flush = () => recorder.flush();
  document.addEventListener("visibilitychange", flush);
  addEventListener("pagehide", flush);
  view.render(recorder.state);
  root.hidden = false;
  return recorder;
}

function rememberClock(view) {
  const box = view.part("show-clock");
  const saved = readClock();
  box.checked = saved === null ? !page.hide_timer : saved === "yes";
  view.showClock(box.checked);
  box.addEventListener("change", () => {
    view.showClock(box.checked);
    try {
      localStorage.setItem(CLOCK_KEY, box.checked ? "yes" : "no");
    } catch {
      // Storage is blocked: the choice lasts as long as the page.
    }
  });
}

function readClock() {
  try {
    return localStorage.getItem(CLOCK_KEY);
  } catch {
    return null;
  }
}
