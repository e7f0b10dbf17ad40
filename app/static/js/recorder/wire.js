// Connects the recorder to the buttons of its page, for questions and for practice.

import { counts, onPress, PAUSE_KEY } from "./press.js";
import { Recorder } from "./recorder.js";
import { rememberSettings } from "./settings.js";
import { View } from "./view.js";

/**
 * Create the recorder of this page with a sink, or with what brings it, and with the lock that is shared by all tabs.
 * Each button with data-action calls the method of that name.
 */
export function wire(sink, { bringSink = async () => sink, tabs = null } = {}) {
  const root = document.getElementById("recorder");
  const view = new View(root);
  const recorder = new Recorder({ view, sink, bringSink, tabs });
  /** @type {NodeListOf<HTMLButtonElement>} */
  const buttons = root.querySelectorAll("[data-action]");
  for (const button of buttons) {
    if (button.dataset.action !== "record") onPress(button, () => recorder[button.dataset.action]()); // first.js has Start
  }
  pauseByKey(recorder);
  const flush = () => recorder.flush();
  document.addEventListener("visibilitychange", flush);
  addEventListener("pagehide", () => recorder.rescue());
  view.render(recorder.state);
  rememberSettings(view);
  return recorder;
}

/** One key pauses and resumes without moving the focus, because a screen reader would name each button on the way. */
function pauseByKey(recorder) {
  document.addEventListener("keydown", (event) => {
    const focused = /** @type {HTMLElement} */ (document.activeElement);
    const isElsewhere = focused.tabIndex >= 0 && !recorder.view.root.contains(focused);
    if (event.key !== PAUSE_KEY || event.repeat || event.defaultPrevented || isElsewhere) return;
    const { phase } = recorder.state;
    const isPaused = phase === "paused" && recorder.view.isHeld;
    if (!isPaused && !["armed", "countdown", "recording"].includes(phase)) return;
    event.preventDefault();
    if (counts(recorder.view.part("pause"), event)) recorder.pauseOrResume();
  });
}
