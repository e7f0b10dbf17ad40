// The time to think: a clock for the eye, four announcements, more of it on request. At its end nothing happens to the
// person, and recording can begin at any moment of it. The server knows when it began.

import { clockTime } from "../clock_time.js";
import { postJson } from "./server.js";
import { isSilent, say } from "./silence.js";
import { onPress } from "./wire.js";
import { page, text, words } from "./words.js";

const MOMENTS = [60, 30, 10]; // seconds left, besides half of the time
const TICK_MS = 250;

/** What is said when the time left falls from `before` to `left` (seconds) out of `whole`, or null. */
export function moment(whole, before, left) {
  if (left <= 0) return before > 0 ? 0 : null;
  const passed = [...new Set([Math.floor(whole / 2), ...MOMENTS])].filter((one) => one < whole && left <= one && one < before);
  return passed.length ? Math.min(...passed) : null;
}

class Thinking {
  #ticker = 0;
  #whole = 0; // seconds, all that was given
  #end = 0; // performance.now() time
  #before = 0; // seconds left when they were last looked at

  constructor(recorder) {
    this.recorder = recorder;
    this.clock = document.getElementById("thinking");
    this.note = document.getElementById("thinking-note");
    this.#set(page.thinking, page.thinking.left + 1);
    const more = document.getElementById("more-thinking");
    more.hidden = !page.thinking.more?.left;
    onPress(more, () => this.#ask());
  }

  /** Run from here; `before` is what was left when it was last looked at. */
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
    if (phase === "countdown") return; // it may be broken off
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
    if (isSilent()) return; // recording has begun meanwhile
    this.note.textContent = message;
    say(message, "thinking");
  }
}

/** Run the page's thinking time, if it has one, until a recording is started. */
export function startThinking(recorder) {
  if (page.thinking) new Thinking(recorder);
}
