// The countdown before recording. The focus is already on the right button; the countdown is announced, then there is
// silence.

import { beginCountdown, hush, sayCountdown } from "./silence.js";
import { page, text, words } from "./words.js";

const LEAD_MS = 1300; // screen readers speak the name of the focused button first
const HUSH_MS = 500;

export class Countdown {
  #timers = [];

  constructor(view) {
    this.view = view;
  }

  /** Announce the countdown, show it in the silent clock, then call `then()`. `name` is starts_in or resumes_in. */
  run(name, then) {
    const seconds = page.countdown_seconds;
    const end = LEAD_MS + seconds * 1000;
    const at = (ms, act) => this.#timers.push(setTimeout(act, ms));
    const show = (left) => this.view.clock("countdown", { seconds: left });
    beginCountdown();
    show(seconds);
    at(LEAD_MS, () => sayCountdown(text(name, { length: words(seconds * 1000) })));
    for (let left = seconds - 1; left > 0; left -= 1) at(end - left * 1000, () => show(left));
    at(end - HUSH_MS, hush);
    at(end, then);
  }

  stop() {
    this.#timers.splice(0).forEach(clearTimeout);
  }
}
