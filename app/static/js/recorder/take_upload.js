// The upload of one take: its sessions in order, and the stop report. There is one request at a time. After each
// failure it waits, then asks the server how much has arrived. Capture never waits for the upload.

import { StoreError } from "./part_store.js";
import { after } from "./patience.js";
import { settleRecorded } from "./recorded.js";
import { SegmentUpload } from "./segment_upload.js";
import { postJson, ServerError } from "./server.js";
import * as takes from "./unfinished.js";
import { delay, rest } from "./waiting.js";

const SIGNED_OUT_MS = 30_000;
const TOO_MANY_CONFLICTS = 5;

export class TakeUpload {
  #wake = null;
  #isPoked = false;
  #failures = 0;
  #conflicts = 0;
  #current = null;
  #sending = null; // the session of the current step
  #reporting = null; // the pending stop report
  #waiting = []; // functions to call when the server knows about the stop
  state = "sending"; // sending, waiting (no connection), unread (the store does not answer), signed_out, refused, done
  message = "";
  isOver = false; // whether every session was tried and at least one was refused
  isRunning = false; // whether this page holds the lock of the take

  /**
   * Create the upload. `report(upload)` is called at every change, and `onLimit(seconds | null)` when the server
   * reports the limit.
   * @param {TakeRecord} record
   * @param {{store: any, page: PageData, report?: (upload: TakeUpload) => void, onLimit?: (seconds: number | null) => void}} collaborators
   */
  constructor(record, { store, page, report = () => {}, onLimit = () => {} }) {
    this.record = record;
    this.store = store;
    this.page = page;
    this.report = report;
    this.onLimit = onLimit;
  }

  /** Acknowledged and recorded bytes so far. */
  get progress() {
    const total = takes.bytes(this.record);
    const sent = this.record.segments.reduce((sum, one) => sum + (one.done ? one.bytes : this.#offsetOf(one)), 0);
    return { sent, total };
  }

  /** Sessions whose remaining bytes the server refuses. */
  get held() {
    return takes.heldBack(this.record);
  }

  /**
   * Return whether refused sessions can be offered on the page of `question`: everything else was tried, and the take
   * cannot be continued on this page.
   */
  isHeld(question) {
    const isTried = this.record.segments.every((one) => one.done || one.refused !== undefined || !one.bytes);
    return this.held.length > 0 && (this.isOver || (isTried && this.record.question !== question));
  }

  /** Upload until the server has everything. Other tabs with the same take wait until this one is closed. */
  async run() {
    const { locks } = navigator;
    if (!locks) return this.#loop();
    const name = takes.lockOf(this.record.take);
    const hadIt = await locks.request(name, { ifAvailable: true }, (lock) => lock && this.#loop().then(() => true));
    if (!hadIt) await locks.request(name, () => this.#catchUp().then(() => this.#loop()));
  }

  /** Remove the refused sessions after the user has dealt with them. */
  settle() {
    this.record.segments = this.record.segments.filter((one) => one.refused === undefined);
    this.state = "done";
    this.report(this);
  }

  /** Wake the upload, because there is a new part, an ended session or a stop. */
  kick() {
    this.#isPoked = true;
    this.#wake?.();
    this.#reportBeside();
  }

  /** Resolve when the server knows that the take was stopped, or after `ms`. */
  whenStopped(ms) {
    if (this.record.stop?.sent) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      after(ms, () => resolve(undefined));
    });
  }

  /**
   * Read the record again after another page has closed, because that page may have recorded more or finished the
   * upload.
   */
  async #catchUp() {
    const { take, stop } = this.record;
    const newest = await this.#readRecord(take);
    if (newest) Object.assign(this.record, takes.close(newest), { stop: newest.stop ?? stop, isOwn: false });
    else this.state = "done";
    this.report(this);
  }

  /** Read the record, and try again until the browser's store answers. A failed read must not be mistaken for a finished take. */
  async #readRecord(take) {
    for (;;) {
      try {
        return await this.store.record(take);
      } catch (error) {
        await this.#failed(error);
      }
    }
  }

  async #loop() {
    this.isRunning = true;
    while (this.state !== "done" && !this.isOver) {
      this.#isPoked = false;
      try {
        const { idle, limit, sent } = await this.#step();
        if (limit !== undefined) this.onLimit(limit);
        if (sent) this.#conflicts = 0;
        this.#succeeded();
        if (idle) await this.#sleep();
      } catch (error) {
        await this.#failed(error);
      }
    }
  }

  /** Sessions that are not completely sent. */
  get #open() {
    return this.record.segments.filter((one) => !one.done && one.bytes > 0 && one.refused === undefined);
  }

  async #step() {
    const { stop } = this.record;
    const open = this.#open;
    const unnamed = open.find((one) => !one.url);
    this.#sending = null;
    if (stop && !stop.sent && !unnamed) return this.#reportStop();
    const segment = unnamed ?? open[0];
    this.#sending = segment;
    if (segment) return this.#uploadOf(segment).step();
    if (stop?.sent && this.held.length) {
      this.isOver = true;
      return {};
    }
    if (stop?.sent) {
      this.state = "done";
      await this.store.forget(this.record);
      settleRecorded(this.record.take);
      return {};
    }
    return { idle: true };
  }

  /**
   * Send the stop report in parallel, because a part can take half a minute. If this fails, the loop sends it later.
   */
  #reportBeside() {
    const { stop } = this.record;
    const isNaming = this.#sending && !this.#sending.url; // the loop will send the report next
    if (this.isRunning && stop && !stop.sent && !isNaming) this.#reportStop().catch(() => {});
  }

  /** Report what was recorded, so that the server knows what to expect. Only one report is pending at a time. */
  #reportStop() {
    this.#reporting ??= this.#sendReport().finally(() => (this.#reporting = null));
    return this.#reporting;
  }

  async #sendReport() {
    const { page, record, store } = this;
    for (const one of this.#open) {
      if (!one.url) await new SegmentUpload(record, one, store, page.urls.uploads).step(); // assigns its segment number
    }
    try {
      await postJson(`${page.urls.take}${record.take}/stop`, takes.stopReport(record), { keepalive: true });
    } catch (error) {
      if (error.kind !== "conflict") throw error; // already stopped elsewhere
    }
    record.stop.sent = true;
    await store.saveRecord(record);
    for (const resolve of this.#waiting.splice(0)) resolve();
    this.report(this);
    return {};
  }

  #uploadOf(segment) {
    if (this.#current?.segment !== segment) {
      this.#current = new SegmentUpload(this.record, segment, this.store, this.page.urls.uploads);
    }
    return this.#current;
  }

  #offsetOf(segment) {
    return this.#current?.segment === segment ? this.#current.acknowledged : 0;
  }

  #succeeded() {
    this.#failures = 0;
    if (this.state !== "done") this.state = this.held.length ? "refused" : "sending";
    this.report(this);
  }

  async #failed(error) {
    if (error instanceof StoreError) return this.#unread();
    if (!(error instanceof ServerError)) throw error;
    this.#failures += 1;
    this.#current?.forgetOffset();
    if (error.kind === "conflict") this.#conflicts += 1;
    if (error.kind === "refused" || this.#conflicts > TOO_MANY_CONFLICTS) {
      this.#conflicts = 0;
      Object.assign(this, { state: "refused", message: error.said });
      if (this.#sending) this.#sending.refused = error.said; // no data is deleted: it is offered to the user
      this.isOver = !this.#sending;
      return this.report(this);
    }
    this.state = error.kind === "signed_out" ? "signed_out" : this.#failures > 2 ? "waiting" : this.state;
    this.report(this);
    const pause = error.kind === "signed_out" ? SIGNED_OUT_MS : Math.max(error.retryAfterMs, delay(this.#failures - 1));
    if (await rest(error.kind === "conflict" && this.#failures === 1 ? 0 : pause)) this.#failures = 0;
  }

  async #unread() {
    this.#failures += 1;
    this.state = "unread";
    this.report(this);
    if (await rest(delay(this.#failures - 1))) this.#failures = 0;
  }

  async #sleep() {
    if (!this.#isPoked) await new Promise((resolve) => (this.#wake = resolve));
    this.#wake = null;
  }
}
