// Stores the slices of an answer: creates a take on the server, keeps parts in the browser, and uploads them.

import { noteRecorded, settleRecorded } from "./recorded.js";
import { checksum, postJson, ServerError } from "./server.js";
import { addSegment, newRecord, recordedMs } from "./take_record.js";
import { TakeUpload } from "./take_upload.js";
import { text } from "./words.js";

const PART_BYTES = 256 * 1024; // after the machine slept, a slice can be as large as 50 MB

/** Splits slices into parts with checksums and stores them in the browser, in order, before anything is sent. */
export class Intake {
  #chain = Promise.resolve();
  #stored; // {seq, bytes, recordedMs}: how much of the session is in the store
  #waiting = []; // {blob, recordedMs, from}: slices that are not completely stored; `from` is the number of stored bytes

  /**
   * Create the intake of a session. `kept()` is called after each slice whose parts are stored.
   * @param {TakeRecord} record
   * @param {Segment} segment
   */
  constructor(record, segment, store, kept) {
    this.record = record;
    this.segment = segment;
    this.store = store;
    this.kept = kept;
    this.#stored = { seq: segment.seq, bytes: segment.bytes, recordedMs: segment.recordedMs };
  }

  /** Store a slice that ends at `recordedMs` of this session. */
  add(blob, recordedMs) {
    const slice = { blob, recordedMs, from: 0 };
    this.#waiting.push(slice);
    this.#chain = this.#chain.then(() => this.#keep(slice));
  }

  /**
   * Store all waiting slices at once, unprocessed, because the page is closing. If the page stays open, they are
   * processed as usual.
   */
  rescue() {
    let { seq, bytes: offset, recordedMs } = this.#stored;
    const parts = this.#waiting.map((slice) => {
      const part = { session: this.segment.session, seq, offset, blob: slice.blob.slice(slice.from), recordedMs: slice.recordedMs };
      seq += 1;
      offset += part.blob.size;
      recordedMs = slice.recordedMs;
      return part;
    });
    const segments = this.record.segments.map((one) => (one === this.segment ? { ...one, seq, bytes: offset, recordedMs } : one));
    if (parts.length) this.store.rescue(parts, { ...this.record, segments });
  }

  /** End the session. Resolves when every slice is stored. A session without bytes is removed from the record. */
  async end(recordedMs) {
    await this.#chain;
    const { segment, record } = this;
    if (segment.bytes) Object.assign(segment, { ended: true, recordedMs });
    else record.segments = record.segments.filter((one) => one !== segment);
    await this.store.saveRecord(record);
    this.kept();
  }

  async #keep(slice) {
    const { blob, recordedMs } = slice;
    for (let start = 0; start < blob.size; start += PART_BYTES) {
      const piece = blob.slice(start, start + PART_BYTES);
      const bytes = await piece.arrayBuffer().catch(() => null); // a part that the browser cannot read is a gap
      const { session, seq, bytes: offset } = this.segment;
      const part = bytes && { session, seq, offset, bytes, checksum: await checksum(bytes), recordedMs };
      const stored = { seq: seq + 1, bytes: offset + piece.size, recordedMs };
      Object.assign(this.segment, stored);
      if (part) await this.store.addPart(part, this.record);
      slice.from = start + piece.size;
      this.#stored = stored;
    }
    this.#waiting.shift();
    this.kept();
  }
}

export class AnswerSink {
  #intake = null;
  #name = crypto.randomUUID(); // identifies this page as the recorder
  /** @type {TakeRecord} */
  record = null; // record of the current or latest take
  /** @type {Map<string, import("./take_upload.js").TakeUpload>} */
  uploads = new Map(); // take id -> upload

  /**
   * Create the sink of a page. `report(uploads)` is called with an array whenever an upload changes, and
   * `onLimit(seconds | null)` when the limit of the current take changes.
   * @param {PageData} page
   * @param {any} store
   * @param {{report?: (uploads: any[]) => void, onLimit?: (seconds: number | null) => void}} collaborators
   */
  constructor(page, store, { report = () => {}, onLimit = () => {} } = {}) {
    this.page = page;
    this.store = store;
    this.report = report;
    this.onLimit = onLimit;
  }

  /** True if the browser keeps the parts when the page is reloaded. */
  get isDurable() {
    return this.store.isDurable;
  }

  /** Recorded milliseconds of the current take. */
  get recordedMs() {
    return this.record ? recordedMs(this.record) : 0;
  }

  /** Create a take on the server and return the limits under which it starts. Rejects with a ServerError. */
  async begin(kind, type) {
    const { page, record } = this;
    // A new name, because the server may not yet know about the recording under the old name and would return the same
    // take.
    if (record?.segments.length) this.#name = crypto.randomUUID();
    const recorder = this.#name;
    const made = await postJson(page.urls.takes, { kind, mime: type, recorder });
    this.adopt(Object.assign(newRecord(made, { ...page, kind, recorder }), { isOwn: true }));
    return made.limits;
  }

  /**
   * Continue a take that another page began, so that only this page can add to it. Returns its limits, or null if
   * they have not changed.
   */
  async goOn() {
    const { page, record } = this;
    if (record.isOwn) return null;
    if (!this.uploads.get(record.take).isRunning) throw new ServerError("refused", 0, { message: text("elsewhere") });
    const recorder = record.recorder ?? this.#name;
    try {
      const { limits } = await postJson(`${page.urls.take}${record.take}/continue`, { recorder });
      Object.assign(record, { recorder, isOwn: true });
      return limits;
    } catch (error) {
      if (error.kind === "retry" && record.isStored) return null; // without a connection to the server, it is unlikely that the take was continued elsewhere
      throw error;
    }
  }

  /** Continue a take after a reload or after a device was lost. */
  adopt(record) {
    const known = this.uploads.get(record.take);
    this.record = known?.record ?? record;
    // After a cancelled countdown, the server returns the same take again.
    if (known) known.record.limits = record.limits;
    else this.finish(record);
  }

  /** Upload the rest of a take that an earlier page recorded. */
  finish(record) {
    const upload = new TakeUpload(record, {
      store: this.store,
      page: this.page,
      report: () => this.report([...this.uploads.values()]),
      onLimit: (seconds) => this.record?.take === record.take && this.onLimit(seconds),
    });
    this.uploads.set(record.take, upload);
    upload.run();
  }

  /** Begin a recorder session. */
  open(type) {
    const { take } = this.record;
    this.#intake = new Intake(this.record, addSegment(this.record, type), this.store, () => this.uploads.get(take).kick());
  }

  add(blob, ms) {
    this.#intake.add(blob, ms);
  }

  /** End the session. Resolves when all of it is stored in the browser. */
  async close(ms) {
    await this.#intake.end(ms);
    settleRecorded(this.record.take);
  }

  /** Record how many milliseconds of the take have been recorded so far. */
  note(ms) {
    noteRecorded(this.record.take, ms);
  }

  /** Store everything at once, because the page is closing. */
  rescue(ms) {
    this.note(ms);
    this.#intake.rescue();
  }

  /** End the take. `reason` is stop, limit or kept (after an interruption). */
  async stop(reason, record = this.record) {
    record.stop ??= { reason, sent: false };
    await this.store.saveRecord(record);
    this.uploads.get(record.take).kick();
  }

  /** Request more recording time. Resolves with the limits then in force. */
  async moreTime() {
    const { page, record } = this;
    return (await postJson(`${page.urls.take}${record.take}/more-time`)).limits;
  }
}
