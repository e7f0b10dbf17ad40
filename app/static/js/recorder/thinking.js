// Time to think before recording: a visible clock, and four announcements at most. At its end nothing happens to
// the person: recording begins when they begin it.

import { digits, words } from "./durations.js";
import { page, text } from "./page.js";
import { say } from "./silence.js";

const MOMENTS = [60, 30, 10]; // seconds left, besides half of the time

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
