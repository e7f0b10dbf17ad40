// The wait before recording. One short sentence is announced, and the focus does not move. Then there is silence.
// A screen reader must have finished speaking, because the microphone may hear it. Its voice may be slow and the
// machine busy, so the recording waits, for a limited time, while something is heard.

import { beginCountdown, hush, sayCountdown } from "./silence.js";
import { page, text, words } from "./words.js";

const HUSH_MS = 500;
const KEY_SECONDS = 2; // after the press that begins a recording: a screen reader says the name of the key
const POLL_MS = 100;
const ASLEEP_MS = 5000; // if a countdown ends later than this, the computer slept

/** Whether the person begins the recording with a second press. */
export function isByPress() {
  return page.countdown_seconds === 0;
}

export class Countdown {
  #timers = [];
  #turn = {}; // identifies the latest countdown

  constructor(view) {
    this.view = view;
  }

  /**
   * Announce the countdown, show it in the silent clock, then call `then()`. `name` is starts_in or resumes_in. If the
   * person has already pressed to begin, nothing is announced. `isQuiet()` returns whether the microphone hears
   * nothing. If the computer slept meanwhile, `onSleep()` is called instead, because a recording at wake-up would be
   * unexpected.
   */
  async run(name, isQuiet, then, onSleep = then) {
    const turn = (this.#turn = {});
    const seconds = page.countdown_seconds || KEY_SECONDS;
    beginCountdown();
    this.#show(seconds);
    if (isByPress()) hush();
    else await sayCountdown(text(name, { length: words(seconds * 1000) }));
    if (turn !== this.#turn) return;
    const end = seconds * 1000;
    const due = Date.now() + end;
    for (let left = seconds - 1; left > 0; left -= 1) this.#at(end - left * 1000, () => this.#show(left));
    this.#at(end - HUSH_MS, hush);
    this.#at(end, () => {
      if (Date.now() - due > ASLEEP_MS) return onSleep();
      this.#whenQuiet(isQuiet, performance.now() + page.quiet_seconds * 1000, then);
    });
  }

  stop() {
    this.#turn = {};
    this.#timers.splice(0).forEach(clearTimeout);
  }

  #at(ms, act) {
    this.#timers.push(setTimeout(act, ms));
  }

  #show(seconds) {
    this.view.clock("countdown", { seconds });
  }

  #whenQuiet(isQuiet, latest, then) {
    if (isQuiet() || performance.now() >= latest) return then();
    this.view.clock("waiting", {});
    this.#at(POLL_MS, () => this.#whenQuiet(isQuiet, latest, then));
  }
}
