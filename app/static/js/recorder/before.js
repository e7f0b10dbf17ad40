// The time before recording. Thinking: a visible clock, four announcements at most, and at its end nothing happens to
// the person. The countdown: the focus has been put where it will be needed; then come the words, then silence.

import { beginCountdown, hush, say, sayCountdown } from "./silence.js";
import { digits, page, text, words } from "./words.js";

const MOMENTS = [60, 30, 10]; // seconds left, besides half of the time
const LEAD_MS = 1300; // the name of the focused button is spoken first
const HUSH_MS = 500;

/** What is said when the time left falls from `before` to `left` (seconds) out of `whole`, or null. */
export function moment(whole, before, left) {
  if (left <= 0) return before > 0 ? 0 : null;
  const passed = [...new Set([Math.floor(whole / 2), ...MOMENTS])].filter((one) => one < whole && left <= one && one < before);
  return passed.length ? Math.min(...passed) : null;
}

/** Run the clock of the page's thinking time until it ends or a recording is started. */
export function startThinking(recorder) {
  const clock = document.getElementById("thinking");
  if (!page.thinking || !clock) return;
  const end = performance.now() + page.thinking.left * 1000;
  let before = page.thinking.left + 1;
  clock.hidden = false;
  const timer = setInterval(() => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    if (!["idle", "preparing"].includes(recorder.state.phase)) {
      clock.hidden = true;
      return clearInterval(timer);
    }
    const due = moment(page.thinking.seconds, before, left);
    before = left;
    clock.textContent = text("thinking_left", { time: digits(left * 1000) });
    if (due === 0) clearInterval(timer);
    if (due !== null) say(due === 0 ? text("thinking_over") : text("thinking_soon", { length: words(due * 1000) }), "thinking");
  }, 250);
}

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
