// The recorder: does the work for the states in session.js, in an order that keeps the page silent during capture.

import { Countdown, isByPress } from "./before.js";
import { Capture, chooseType } from "./capture.js";
import { Timekeeper } from "./clock.js";
import { ASK_MS, openDevices } from "./devices.js";
import { tellGettingReady } from "./getting_ready.js";
import { SoundWatch } from "./level.js";
import { after } from "./patience.js";
import { Playback } from "./playback.js";
import { explain, explainWaiting } from "./problems.js";
import { savedChoice } from "./saved_choice.js";
import { next, START } from "./session.js";
import { beginSilence, endSilence, isSilent, say } from "./silence.js";
import { lostWords, text, words } from "./words.js";

const OTHER_TAB = "tab"; // reason why a recording does not start: another tab is recording this question
const AT_REST = ["idle", "review", "offered"]; // phases in which this tab records nothing
const UNSLICED_MS = 7000; // slices come every 3 seconds, and the last one with the end; what is longer was never delivered
const PATIENCE_MS = 4000;

function stopTracks(stream) {
  stream?.getTracks().forEach((track) => track.stop());
}

export class Recorder {
  state = START;
  #capture = null;
  #base = 0; // recorded milliseconds in earlier sessions of this take
  #isOpen = false; // whether this session is recording
  #hasBytes = false; // whether the current take has any bytes
  #waiting = []; // functions to call when capture has paused or ended
  #slicedMs = 0; // recorded milliseconds up to the last slice
  #sound = null; // the SoundWatch of this session
  #isSilent = false; // whether all sessions of the current take were silent
  #isForced = false; // whether the person records although another tab does
  #turn = null; // identifies the latest press of the button that opens the devices

  kind = ""; // kind of the current take
  more = null; // the additional time that can still be requested

  onEnd = () => {}; // called each time capture has ended, after the page has announced it

  /** `bringSink()` resolves when the recorder has a sink, if it begins without one. */
  constructor({ view, sink, bringSink = async () => sink, tabs = null }) {
    this.view = view;
    this.sink = sink;
    this.bringSink = bringSink;
    this.tabs = tabs;
    this.playback = new Playback(view.part("playback"));
    this.countdown = new Countdown(view);
    this.time = new Timekeeper(view, {
      onLimit: () => this.stop("limit"),
      onSleep: () => this.#capture.interrupt("asleep"),
      onSecond: (elapsed) => this.sink.note?.(elapsed),
    });
  }

  dispatch(event) {
    const before = this.state;
    this.state = next(before, event);
    if (this.state === before) return false;
    if (AT_REST.includes(this.state.phase)) this.tabs?.release();
    this.view.render(this.state);
    return true;
  }

  // --- actions of the user

  /** The main button: it starts, continues and stops a recording, so that the focus stays on it. */
  record() {
    if (this.state.phase === "armed") this.#countDown("starts_in");
    else if (this.state.phase === "offered") this.goOn();
    else if (["countdown", "recording", "paused"].includes(this.state.phase)) this.stop();
    else this.start();
  }

  /**
   * Start a recording.
   * @param {EarlyStart | null} early the devices that a press has opened before the recorder was there
   */
  start(early = null) {
    const replaced = this.state.phase === "offered" ? this.sink.record : null;
    if (this.dispatch({ type: "start" })) this.#prepare({ replaced, early });
  }

  goOn() {
    if (this.dispatch({ type: "goOn" })) this.#prepare({ isMore: true });
  }

  /** Record although another tab is recording this question. */
  recordAnyway() {
    this.#isForced = true;
    this.record();
  }

  /** The second button: it pauses and resumes. */
  pauseOrResume() {
    if (this.state.phase === "paused") this.resume();
    else this.pause();
  }

  async keep() {
    if (!this.dispatch({ type: "keep" })) return;
    await this.sink.stop("kept");
    this.#present(text("kept", { length: words(this.sink.recordedMs) }));
  }

  /** Stop waiting for the camera and the microphone. */
  cancelOpening() {
    if (!this.dispatch({ type: "cancelled" })) return;
    this.#turn = null;
    this.view.asking(null);
    this.view.focus(this.state.phase);
    say(text("countdown_cancelled"));
  }

  pause() {
    if (this.state.phase === "armed") return this.#cancel("cancelled");
    if (this.state.phase === "countdown") return this.#cancel("pause");
    if (this.state.phase !== "recording") return;
    this.#hold();
    this.#capture.pause(); // #paused() continues when the recorder confirms it
  }

  resume() {
    if (this.state.phase === "paused") this.#countDown("resumes_in");
  }

  stop(reason = "stop") {
    if (this.state.phase === "countdown") return this.#cancel("stop");
    if (!["recording", "paused"].includes(this.state.phase)) return;
    this.#hold();
    this.#capture.stop(); // must come first; #stopped() continues
    this.dispatch({ type: reason });
  }

  timeLeft() {
    const { left } = this.time;
    const length = words(left ?? this.time.elapsed());
    this.view.timeLeft(text(left === null ? "no_limit" : "time_left", { length }));
  }

  async moreTime() {
    let message = text("more_time_none");
    let note = message;
    if (this.more?.left) ({ message, note } = await this.#askForTime());
    // During capture the message is only shown, because announcing it would be recorded.
    if (isSilent()) this.time.note = note;
    else this.view.timeLeft(message);
  }

  /** Request one more portion of time. Returns the message, and its short form for the clock. */
  async #askForTime() {
    try {
      const { recording_seconds: seconds, more_time: more } = await this.time.whileAsking(this.sink.moreTime());
      this.lengthen(seconds);
      this.more = more;
      const left = text("more_time_presses", { left: more?.left ?? 0 });
      if (!isSilent()) this.view.offerMoreTime(more);
      return {
        message: `${text("more_time_given", { length: words(this.time.left) })} ${left}`,
        note: `${text("more_time_added")} ${left}`,
      };
    } catch (error) {
      const said = error.said || text("more_time_failed");
      return { message: said, note: said };
    }
  }

  // --- events of the page

  /** Apply a longer limit from the server at once. */
  lengthen(seconds) {
    this.time.lengthen(seconds);
  }

  /** Emit the data that the recorder holds, because the page may be about to close. */
  flush() {
    this.#capture?.flush();
  }

  /** Store everything that is not in the browser's store yet, because the page is closing. */
  rescue() {
    this.flush();
    if (this.#isOpen) this.sink.rescue?.(this.time.elapsed());
  }

  /** True if leaving the page would interrupt a recording. */
  get isHolding() {
    return this.#isOpen;
  }

  /** Pause while the user is asked something. Resolves when capture has paused. */
  async hold() {
    if (["armed", "countdown"].includes(this.state.phase)) this.pause();
    if (this.state.phase !== "recording") return;
    const paused = this.#next();
    this.pause();
    await paused;
  }

  /** End capture because of an interruption. Resolves when all of it is stored. */
  async interrupt(reason) {
    const ended = this.#next();
    this.#capture.interrupt(reason);
    await ended;
  }

  /** Resolve when capture next pauses or ends, or after a timeout, because some browsers never report it. */
  #next() {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      after(PATIENCE_MS, () => resolve(undefined));
    });
  }

  #tell() {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /**
   * Offer a take from an earlier page. If the user has already started another one, only continue the upload. The next
   * page then offers the take.
   */
  recover(record) {
    if (this.state.phase !== "idle") return this.sink.uploads.has(record.take) ? undefined : this.sink.finish(record);
    this.sink.adopt(record);
    this.#reset(record.limits, this.sink.recordedMs);
    this.#isSilent = false; // it is unknown whether the recording of an earlier page has sound
    if (this.dispatch({ type: "recovered" })) this.#offer();
  }

  /** The message to show if the current take is silent. Empty if it has sound or this is unknown. */
  get unheard() {
    return this.#isSilent ? text(`unheard_${this.kind}`) : "";
  }

  // --- before capture

  async #prepare({ isMore = false, replaced = null, early = null }) {
    this.view.problem(null);
    this.view.hush();
    this.view.keepFocus("countdown"); // focused now, because a screen reader needs time to speak the name
    const kind = isMore ? this.sink.record.kind : (early?.kind ?? this.view.kind);
    const turn = (this.#turn = {});
    const waits = [tellGettingReady(), after(ASK_MS, () => this.#ask())];
    const release = () => early?.opening.then(stopTracks, () => {});
    const sink = this.bringSink();
    sink.catch(() => {}); // explained below
    let stream = null;
    const isForced = this.#isForced;
    this.#isForced = false;
    try {
      const mayRecord = !this.tabs || (await this.tabs.claim({ isForced }));
      if (turn !== this.#turn) return release(); // cancelled in the meantime
      if (!mayRecord) throw OTHER_TAB;
      const type = chooseType(kind);
      stream = await (early?.opening ?? openDevices(kind));
      if (turn !== this.#turn) return stopTracks(stream); // cancelled in the meantime
      await sink;
      if (turn !== this.#turn) return stopTracks(stream); // cancelled in the meantime
      const limits = await (isMore ? this.sink.goOn() : this.sink.begin(kind, type));
      if (turn !== this.#turn) return stopTracks(stream);
      if (replaced) await this.sink.stop("kept", replaced); // the replaced take is kept as a normal take
      this.#listen(new Capture(stream, { kind, type, quality: savedChoice().quality }));
      this.#reset(limits, isMore ? this.sink.recordedMs : 0);
    } catch (error) {
      stopTracks(stream);
      release();
      if (turn === this.#turn) this.#fail(explain(error, kind), error === OTHER_TAB);
      return;
    } finally {
      for (const end of waits) end();
      if (turn === this.#turn) this.view.asking(null);
    }
    this.kind = kind;
    if (!isMore) this.playback.clear();
    this.view.preview(stream, kind);
    if (isByPress()) this.#arm();
    else this.#countDown("starts_in");
  }

  /** Wait for the press that begins the recording. */
  #arm() {
    this.dispatch({ type: "armed" });
    this.view.clock("armed", {});
    this.view.keepFocus("armed");
    say(text("armed"), "countdown");
  }

  /**
   * Show where the browser asks for permission, because the user has not answered for a while. The focus does not move.
   */
  #ask() {
    const waiting = explainWaiting();
    this.view.asking(waiting);
    say(`${waiting.title}. ${waiting.text}`);
  }

  #listen(capture) {
    this.#capture = capture;
    this.#sound?.close();
    this.#sound = new SoundWatch(capture.stream);
    this.#sound.listen();
    capture.addEventListener("started", ({ detail }) => this.#run(detail.at));
    capture.addEventListener("paused", () => this.#paused());
    capture.addEventListener("slice", ({ detail }) => this.#slice(detail));
    capture.addEventListener("stopped", ({ detail }) => this.#stopped(detail));
  }

  /** Start counting and measuring sound, because capture is running. */
  #run(at) {
    this.time.run(at);
    this.#sound.run();
  }

  /** Stop counting and measuring sound, because capture has ended or is about to end. */
  #hold() {
    this.time.hold();
    this.#sound?.hold();
  }

  #reset(limits, base) {
    if (limits) this.more = limits.more_time;
    if (!base) this.#isSilent = true;
    this.#base = base;
    this.#hasBytes = base > 0;
    this.#isOpen = false;
    this.time.reset(base, limits);
  }

  #fail(problem, isInOtherTab = false) {
    this.#sound?.close();
    this.view.preview(null, this.kind);
    this.dispatch({ type: "failed" });
    this.view.problem(problem, isInOtherTab);
    endSilence();
  }

  /** Prepare everything that capture needs, so that nothing on the page changes when it begins. */
  #countDown(name) {
    this.dispatch({ type: this.state.phase === "paused" ? "resume" : "ready" });
    this.time.note = "";
    this.view.timeLeft("");
    this.view.offerMoreTime(this.more);
    this.view.keepFocus("countdown");
    this.#sound.listen();
    const sound = this.#sound;
    this.countdown.run(
      name,
      () => sound.isQuiet,
      () => this.#begin(),
      () => this.pause(),
    );
  }

  #cancel(type) {
    this.countdown.stop();
    this.dispatch({ type });
    if (this.state.phase === "stopping") return this.#capture.stop();
    if (this.state.phase === "paused") return this.#showPaused();
    this.#capture.release();
    this.#sound.close();
    this.view.preview(null, this.kind);
    this.view.focus(this.state.phase);
    endSilence(text("countdown_cancelled"));
  }

  // --- capture

  #begin() {
    this.countdown.stop();
    beginSilence();
    const isNew = this.state.from !== "paused";
    this.dispatch({ type: "captured" });
    this.time.show("recording");
    try {
      if (isNew) this.#open();
      else this.#resume();
    } catch {
      this.#capture.release();
      this.#fail(explain("recorder", this.kind));
    }
  }

  #open() {
    this.#capture.start();
    this.sink.open(this.#capture.type);
    this.playback.open(this.#capture.type);
    this.#isOpen = true;
  }

  #resume() {
    this.#capture.resume();
    this.#run();
  }

  #slice({ blob, at }) {
    this.#hasBytes = true;
    this.#slicedMs = this.time.elapsed(at);
    this.playback.add(blob);
    this.sink.add(blob, this.#slicedMs - this.#base);
  }

  // --- after capture

  #paused() {
    if (this.dispatch({ type: "pause" })) this.#showPaused();
    this.#tell();
  }

  #showPaused() {
    this.#hold(); // the microphone may have been on during the countdown
    this.time.show("paused");
    const again = this.view.isHeld ? text("paused_again") : "";
    if (!again) this.view.focus("paused");
    endSilence(`${text("paused", { length: words(this.time.elapsed()) })} ${again}`.trim());
  }

  async #stopped({ reason, isWhole }) {
    this.countdown.stop();
    this.#hold();
    this.#sound?.close();
    if (!this.#isOpen) return this.#fail(explain(reason, this.kind)); // the device was lost before anything was recorded
    if (this.state.phase !== "stopping") this.dispatch({ type: "lost" });
    this.#isOpen = false;
    this.#isSilent &&= this.#sound.isSilent;
    const end = this.time.elapsed();
    const lost = isWhole && end - this.#slicedMs > UNSLICED_MS ? end - this.#slicedMs : 0;
    if (lost) this.sink.record.lostMs = (this.sink.record.lostMs ?? 0) + lost;
    const elapsed = isWhole && !lost ? end : this.#slicedMs;
    await this.sink.close(elapsed - this.#base);
    if (!this.#hasBytes) return this.#nothing(reason);
    if (this.state.reason !== "lost") await this.sink.stop(this.state.reason);
    this.view.preview(null, this.kind);
    this.dispatch({ type: "saved" });
    const ended = text(this.state.reason === "limit" ? "limit_reached" : "stopped", { length: words(elapsed) });
    const message = `${ended} ${isWhole ? lostWords(lost) : text("end_missing")}`.trim();
    const stay = this.sink.isDurable ? "" : text("upload_stay");
    if (this.state.phase === "offered") this.#offer(reason ? text(`lost_${reason}`) : "", stay, message);
    else this.#present(`${message} ${stay}`.trim());
    this.onEnd();
    this.#tell();
  }

  /**
   * Return to the start if the recording was stopped before the first byte. The server's empty take is used for the
   * next start.
   */
  #nothing(reason) {
    this.view.preview(null, this.kind);
    this.dispatch({ type: "nothing" });
    if (reason) this.view.problem(explain(reason, this.kind));
    else this.view.focus("idle");
    endSilence(text("countdown_cancelled"));
    this.#tell();
  }

  #present(message) {
    const { record } = this.sink;
    const players = this.playback.show(record?.kind ?? this.kind);
    const sessions = record?.segments.filter((one) => one.bytes > 0).length ?? 0;
    const { unheard } = this;
    const isEarly = Boolean(this.view.part("early") && this.#sound?.isEarly);
    this.view.review(record, { message, unheard, isEarly, isPlayable: players >= sessions });
    this.view.focus("review");
    endSilence([message, unheard, isEarly && text("early")].filter(Boolean).join(" "));
  }

  #offer(reason = "", stay = "", message = "") {
    const why = [reason, stay, this.unheard].filter(Boolean).join(" ");
    const lost = lostWords(this.sink.record.lostMs);
    this.view.offer({ length: words(this.sink.recordedMs), why: `${why} ${lost}`.trim(), canGoOn: this.time.left !== 0 });
    this.view.focus("offered");
    endSilence([message, why].filter(Boolean).join(" "));
  }
}
