// The settings of the recorder that this browser or the server remembers: whether the clock is shown, and the wait before
// a recording.

import { postJson } from "./server.js";
import { say } from "./silence.js";
import { page, text } from "./words.js";

const CLOCK_KEY = "fairtake-show-clock";
const LONGER = { 3: 5, 5: 10 }; // after these, the person begins with a second press

/** Apply the remembered settings, and remember new choices. */
export function rememberSettings(view) {
  rememberClock(view);
  rememberWait(view);
}

function rememberClock(view) {
  const box = view.part("show-clock");
  const saved = readClock();
  const save = () => {
    view.showClock(box.checked);
    try {
      localStorage.setItem(CLOCK_KEY, box.checked ? "yes" : "no");
    } catch {
      // Storage is blocked, so the choice lasts as long as the page.
    }
  };
  box.addEventListener("change", save);
  if (box.checked !== box.defaultChecked) return save(); // chosen before this script arrived
  box.checked = saved === null ? !page.hide_timer : saved === "yes";
  view.showClock(box.checked);
}

/** Let the person choose how long the recorder waits before a recording starts. The server remembers the choice. */
function rememberWait(view) {
  const choice = view.part("wait");
  const save = () => {
    page.countdown_seconds = Number(choice.value);
    postJson(page.urls.countdown, { seconds: page.countdown_seconds }).catch(() => {}); // valid for this page only
  };
  choice.addEventListener("change", save);
  const before = /** @type {HTMLOptionElement | null} */ (choice.querySelector("[selected]"));
  if (before && before.value !== choice.value) save(); // chosen before this script arrived
  view.part("wait-longer")?.addEventListener("click", () => {
    choice.value = String(LONGER[page.countdown_seconds] ?? 0);
    save();
    view.part("early-text").textContent = text("wait_saved", { choice: choice.selectedOptions[0].text });
    say(view.part("early-text").textContent, "wait");
  });
}

function readClock() {
  try {
    return localStorage.getItem(CLOCK_KEY);
  } catch {
    return null;
  }
}
