// The thinking time: a visible clock, four announcements, and more time on request. Nothing happens at its end, and
// recording can begin at any time. The server stores when it began.

import { clockTime } from "../clock_time.js";
import { onPress } from "./press.js";
import { postJson } from "./server.js";
import { isSilent, say } from "./silence.js";
import { page, text, words } from "./words.js";

const MOMENTS = [60, 30, 10]; // seconds left, in addition to half of the time
const TICK_MS = 250;

/**
 * Return the number of seconds to announce when the time left falls from `before` to `left` seconds out of `whole`,
 * or null.
 */
export function moment(whole, before, left) {
  if (left <= 0) return before > 0 ? 0 : null;
  const passed = [...new Set([Math.floor(whole / 2), ...MOMENTS])].filter((one) => one < whole && left <= one && one < before);
  return passed.length ? Math.min(...passed) : null;
}

class Thinking {
  #ticker = 0;
  #whole = 0; // total seconds, including added time
  #end = 0; // end as a time of performance.now()
  #before = 0; // seconds left at the last check

  constructor(recorder) {
    this.recorder = recorder;
    this.clock = document.getElementById("thinking");
    this.note = document.getElementById("thinking-note");
    this.#set(page.thinking, page.thinking.left + 1);
    const more = document.getElementById("more-thinking");
    more.hidden = !page.thinking.more?.left;
    onPress(more, () => this.#ask());
  }

  /** Start the clock. `before` is the number of seconds left at the last check. */
  #set({ seconds, left }, before) {
    this.#whole = seconds;
    this.#end = performance.now() + left * 1000;
    this.#before = before;
    clearInterval(this.#ticker);
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    this.#tick();
  }

  #tick() {
    const { phase } = this.recorder.state;
    if (["armed", "countdown"].includes(phase)) return; // it may be cancelled
    if (!["idle", "preparing"].includes(phase)) return clearInterval(this.#ticker);
    const left = Math.max(0, Math.ceil((this.#end - performance.now()) / 1000));
    const due = moment(this.#whole, this.#before, left);
    this.#before = left;
    const shown = left ? text("thinking_left", { time: clockTime(left * 1000) }) : text("thinking_over");
    if (this.clock.textContent !== shown) this.clock.textContent = shown;
    if (!left) clearInterval(this.#ticker);
    if (due !== null) say(left ? text("thinking_soon", { length: words(due * 1000) }) : shown, "thinking");
  }

  async #ask() {
    let message;
    try {
      const { thinking } = await postJson(page.urls.thinking);
      this.#set(thinking, thinking.left);
      message = text("more_time_given", { length: words(thinking.left * 1000) });
    } catch (error) {
      message = error.said || text("more_thinking_failed");
    }
    if (isSilent()) return; // recording has begun in the meantime
    this.note.textContent = message;
    say(message, "thinking");
  }
}

let isStarted = false;

/** Run the thinking time of the page, if it has one, until recording starts. A second call does nothing. */
export function startThinking(recorder) {
  if (page.thinking && !isStarted) new Thinking(recorder);
  isStarted = true;
}
