// The recording itself: carries out what the states of session.js ask for, in the order that keeps the page silent.

import { Capture } from "./capture.js";
import { Limit, RecordedClock } from "./clock.js";
import { openDevices, savedChoice } from "./devices.js";
import { words } from "./durations.js";
import { explain } from "./problems.js";
import { page, text } from "./page.js";
import { next, START } from "./session.js";
import { beginCountdown, beginSilence, endSilence, hush, isSilent, say, sayCountdown } from "./silence.js";
import { chooseType } from "./media_types.js";

const TICK_MS = 250;
const LEAD_MS = 1300; // the name of the Stop button is spoken first, then the countdown
const HUSH_MS = 500;
const SLOW_MS = 1500;

export class Recorder {
  state = START;
  #capture = null;
  #ticker = 0;
  #countdown = [];
  #base = 0; // recorded in earlier sessions of this take
  #isOpen = false; // whether this session has begun to record

  /** `onEnd()` is called each time that capture has ended, after the page has said so. */
  constructor({ view, sink, playback, onEnd = () => {} }) {
    Object.assign(this, { view, sink, playback, onEnd });
    this.limit = new Limit(page.limits);
    this.clock = new RecordedClock();
  }

  dispatch(event) {
    const before = this.state;
    this.state = next(before, event);
    if (this.state === before) return false;
    this.view.render(this.state);
    return true;
  }

  // --- what the person does

  start() {
    const replaced = this.state.phase === "offered" ? this.sink.record : null;
    if (this.dispatch({ type: "start" })) this.#prepare({ replaced });
  }

  goOn() {
    if (this.dispatch({ type: "goOn" })) this.#prepare({ isMore: true });
  }

  async keep() {
    if (!this.dispatch({ type: "keep" })) return;
    await this.sink.stop("kept");
    this.#present(text("kept", { length: words(this.sink.recordedMs) }));
  }

  pause() {
    if (this.state.phase === "countdown") return this.#cancel("pause");
    if (this.state.phase !== "recording") return;
    this.#hold();
    this.#capture.pause(); // goes on in #paused(), when the recorder says that it is so
  }

  resume() {
    if (this.dispatch({ type: "resume" })) this.#countDown();
  }

  stop(reason = "stop") {
    if (this.state.phase === "countdown") return this.#cancel("stop");
    if (!["recording", "paused"].includes(this.state.phase)) return;
    this.#hold();
    this.#capture.stop(); // before anything else; goes on in #stopped()
    this.dispatch({ type: reason });
  }

  timeLeft() {
    const elapsed = this.#elapsed();
    const left = this.limit.left(elapsed);
    this.view.timeLeft(left === null
      ? text("no_limit", { length: words(elapsed) })
      : text("time_left", { length: words(left) }));
  }

  async moreTime() {
    try {
      const { recording_seconds: seconds, more_time: more } = await this.sink.moreTime();
      this.lengthen(seconds);
      this.more = more;
      this.#answer(text("more_time_given", { length: words(this.limit.left(this.#elapsed())) }));
    } catch (error) {
      this.#answer(error.said || text("more_time_failed"));
    }
  }

  /** Say it while it is news; while capture runs the clock alone shows it, and afterwards it is none. */
  #answer(message) {
    if (!isSilent()) say(message);
  }

  /** A longer limit arrived from the server: it counts from now on. */
  lengthen(seconds) {
    this.limit.lengthen(seconds);
  }

  /** The page may be about to go: hand over what the recorder holds. */
  flush() {
    this.#capture?.flush();
  }

  /** Offer a take that an earlier page has left. */
  recover(record) {
    this.sink.adopt(record);
    this.limit = new Limit(record.limits);
    this.more = record.limits.more_time;
    this.clock = new RecordedClock(this.sink.recordedMs);
    if (this.dispatch({ type: "recovered", recordedMs: this.sink.recordedMs })) this.#offer(null);
  }

  // --- before capture

  async #prepare({ isMore = false, replaced = null }) {
    this.view.problem(null);
    const kind = isMore ? this.sink.record.kind : this.view.kind;
    const slow = setTimeout(() => say(text("getting_ready")), SLOW_MS);
    let stream = null;
    try {
      const type = chooseType(kind);
      stream = await openDevices(kind);
      const limits = isMore ? null : await this.sink.begin(kind, type);
      if (replaced) await this.sink.stop("kept", replaced); // it stays, as a take like any other
      this.#listen(new Capture(stream, { kind, type, quality: savedChoice().quality }));
      this.#reset(limits);
    } catch (error) {
      stream?.getTracks().forEach((track) => track.stop());
      this.#fail(explain(error, kind));
      return;
    } finally {
      clearTimeout(slow);
    }
    this.kind = kind;
    this.view.preview(stream, kind);
    this.dispatch({ type: "ready" });
    this.#countDown();
  }

  #listen(capture) {
    this.#capture = capture;
    capture.addEventListener("started", () => this.clock.run(performance.now()));
    capture.addEventListener("paused", () => this.#paused());
    capture.addEventListener("slice", ({ detail }) => this.#slice(detail));
    capture.addEventListener("stopped", ({ detail }) => this.#stopped(detail.reason));
  }

  #reset(limits) {
    if (limits) {
      this.limit = new Limit(limits);
      this.more = limits.more_time;
      this.playback.clear();
    }
    this.#base = limits ? 0 : this.sink.recordedMs;
    this.#isOpen = false;
    this.clock = new RecordedClock(this.#base);
  }

  #fail(problem) {
    this.view.preview(null, this.kind);
    this.dispatch({ type: "failed" });
    this.view.problem(problem);
    endSilence();
  }

  /** Focus goes to where it will be needed; then the words; then capture. Nothing is left to do when it begins. */
  #countDown() {
    beginCountdown();
    const seconds = page.countdown_seconds;
    const showSecond = (left) => this.view.clock("countdown", { seconds: left });
    showSecond(seconds);
    this.view.offerMoreTime(this.more);
    this.view.focus("countdown", this.state.from);
    const at = (ms, act) => this.#countdown.push(setTimeout(act, ms));
    const name = this.state.from === "paused" ? "resumes_in" : "starts_in";
    at(LEAD_MS, () => sayCountdown(text(name, { length: words(seconds * 1000) })));
    for (let left = seconds - 1; left > 0; left -= 1) at(LEAD_MS + (seconds - left) * 1000, () => showSecond(left));
    const end = LEAD_MS + seconds * 1000;
    at(end - HUSH_MS, hush);
    at(end, () => this.#begin());
  }

  #cancel(type) {
    this.#stopCountdown();
    this.dispatch({ type });
    if (this.state.phase === "stopping") return this.#capture.stop();
    if (this.state.phase === "paused") return this.#showPaused();
    this.#capture.release();
    this.view.preview(null, this.kind);
    this.view.focus(this.state.phase);
    endSilence(text("countdown_cancelled"));
  }

  #stopCountdown() {
    this.#countdown.splice(0).forEach(clearTimeout);
  }

  // --- capture

  #begin() {
    this.#stopCountdown();
    beginSilence();
    const isNew = this.state.from !== "paused";
    this.dispatch({ type: "captured" });
    this.#showClock();
    try {
      if (isNew) this.#open();
      else this.#resume();
    } catch {
      this.#capture.release();
      this.#fail(explain("recorder", this.kind));
      return;
    }
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    this.#keepAwake();
  }

  #open() {
    this.#capture.start();
    this.sink.open(this.#capture.type);
    this.playback.open(this.#capture.type);
    this.#isOpen = true;
  }

  #resume() {
    this.#capture.resume();
    this.clock.run(performance.now());
  }

  async #keepAwake() {
    this.wakeLock = await navigator.wakeLock?.request("screen").catch(() => null);
    if (this.state.phase !== "recording") this.wakeLock?.release();
  }

  #slice({ blob, at }) {
    this.playback.add(blob);
    this.sink.add(blob, this.clock.elapsed(at) - this.#base);
  }

  #tick() {
    if (!this.clock.tick(performance.now())) return this.#capture.interrupt("asleep");
    if (this.limit.isReached(this.#elapsed())) return this.stop("limit");
    this.#showClock();
  }

  #elapsed() {
    return this.clock.elapsed(performance.now());
  }

  #showClock() {
    const elapsed = this.#elapsed();
    const warning = this.limit.warning(elapsed);
    if (page.vibrate && warning !== null && warning !== this.warned) navigator.vibrate?.(200);
    this.warned = warning;
    this.view.clock(this.state.phase, { elapsed, limit: this.limit.seconds, warning });
  }

  #hold() {
    clearInterval(this.#ticker);
    this.clock.hold(performance.now());
    this.wakeLock?.release();
  }

  // --- after capture

  #paused() {
    if (this.dispatch({ type: "pause" })) this.#showPaused();
  }

  #showPaused() {
    this.#showClock();
    this.view.focus("paused");
    endSilence(text("paused", { length: words(this.#elapsed()) }));
  }

  async #stopped(reason) {
    this.#stopCountdown();
    this.#hold();
    if (!this.#isOpen) return this.#fail(explain(reason, this.kind)); // lost before anything was recorded
    if (this.state.phase !== "stopping") this.dispatch({ type: "lost" });
    await this.sink.close(this.#elapsed() - this.#base);
    this.#isOpen = false;
    const isOver = this.state.reason !== "lost";
    if (isOver) await this.sink.stop(this.state.reason);
    const length = words(this.#elapsed());
    this.view.preview(null, this.kind);
    this.dispatch({ type: "saved", recordedMs: this.#elapsed() });
    if (this.state.phase === "offered") this.#offer(reason);
    else this.#present(text(this.state.reason === "limit" ? "limit_reached" : "stopped", { length }));
    this.onEnd();
  }

  #present(message) {
    const { record } = this.sink;
    const players = this.playback.show(record?.kind ?? this.kind);
    this.view.review(record, players >= (record?.segments.filter((one) => one.bytes > 0).length ?? 0));
    this.view.focus("review");
    endSilence(message);
  }

  #offer(reason) {
    const length = words(this.sink.recordedMs);
    const why = reason && text(`lost_${reason}`);
    this.view.offer({ length, reason: why, canGoOn: this.limit.left(this.sink.recordedMs) !== 0 });
    this.view.focus("offered");
    endSilence(reason && [text("stopped", { length }), why].join(" "));
  }
}
