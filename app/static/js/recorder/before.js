// The countdown: the focus has been put where it will be needed; then come the words, then silence.

import { beginCountdown, hush, sayCountdown } from "./silence.js";
import { page, text, words } from "./words.js";

const LEAD_MS = 1300; // the name of the focused button is spoken first
const HUSH_MS = 500;

export class Countdown {
  #timers = [];

  constructor(view) {
    this.view = view;
  }

  /** Announce, count in the silent clock, and call `then()`. `name`: starts_in or resumes_in. */
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
