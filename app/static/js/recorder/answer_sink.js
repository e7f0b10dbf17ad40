// Where the slices of an answer go: a take at the server, parts in the browser, bytes on their way.

import { noteRecorded, settleRecorded } from "./recorded.js";
import { checksum, postJson, ServerError } from "./server.js";
import { addSegment, newRecord, recordedMs } from "./take_record.js";
import { TakeUpload } from "./take_upload.js";
import { text } from "./words.js";

const PART_BYTES = 256 * 1024; // after a sleep a slice can be 50 MB

/** Slices become parts: cut, checksummed and kept in the browser, in their order, before anything is sent. */
export class Intake {
  #chain = Promise.resolve();
  #stored; // {seq, bytes, recordedMs} of the session, as far as the store has it
  #waiting = []; // {blob, recordedMs, from}: slices that are not all in the store; `from`: bytes of it that are

  /**
   * `kept()` is called after each slice whose parts are in the store.
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

  /** Take in a slice that ends at `recordedMs` of this session. */
  add(blob, recordedMs) {
    const slice = { blob, recordedMs, from: 0 };
    this.#waiting.push(slice);
    this.#chain = this.#chain.then(() => this.#keep(slice));
  }

  /** The page goes: hand the store, at once, what waits, as it is. Where the page stays after all, nothing has changed. */
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

  /** Resolve when every slice is kept; no more will come. A session that brought nothing is forgotten. */
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
      const bytes = await blob.slice(start, start + PART_BYTES).arrayBuffer();
      const { session, seq, bytes: offset } = this.segment;
      const part = { session, seq, offset, bytes, checksum: await checksum(bytes), recordedMs };
      Object.assign(this.segment, { seq: seq + 1, bytes: offset + bytes.byteLength, recordedMs });
      await this.store.addPart(part, this.record);
      slice.from = start + bytes.byteLength;
      this.#stored = { seq: seq + 1, bytes: offset + bytes.byteLength, recordedMs };
    }
    this.#waiting.shift();
    this.kept();
  }
}

export class AnswerSink {
  #intake = null;
  #name = crypto.randomUUID(); // who records: this page of this browser, and no other
  /** @type {TakeRecord} */
  record = null; // of the take that is being recorded, or was last
  /** @type {Map<string, TakeUpload>} */
  uploads = new Map(); // by take

  /**
   * `report(uploads)`, an array, at every change of one; `onLimit(seconds|null)` for the take in hand.
   * @param {PageData} page
   */
  constructor(page, store, { report, onLimit }) {
    this.page = page;
    this.store = store;
    this.report = report;
    this.onLimit = onLimit;
  }

  /** Whether the browser keeps the parts through a reload. */
  get isDurable() {
    return this.store.isDurable;
  }

  /** Recorded milliseconds of the take in hand. */
  get recordedMs() {
    return this.record ? recordedMs(this.record) : 0;
  }

  /** Begin a take at the server, which says the limits that it starts under. Rejects with a ServerError. */
  async begin(kind, type) {
    const { page, record } = this;
    // The server may know nothing yet of what was recorded under the last name, and would give the same take again.
    if (record?.segments.length) this.#name = crypto.randomUUID();
    const recorder = this.#name;
    const made = await postJson(page.urls.takes, { kind, mime: type, recorder });
    this.adopt(Object.assign(newRecord(made, { ...page, kind, recorder }), { isOwn: true }));
    return made.limits;
  }

  /** Go on with a take that this page did not begin: from now on nobody else adds to it. Gives its limits, or null. */
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
      if (error.kind === "retry" && record.isStored) return null; // the line is down: nobody is likely to have gone on elsewhere
      throw error;
    }
  }

  /** Go on with a take, after a reload or a device that was lost. */
  adopt(record) {
    const known = this.uploads.get(record.take);
    this.record = known?.record ?? record;
    // After a countdown that was broken off the server gives the same take again.
    if (known) known.record.limits = record.limits;
    else this.finish(record);
  }

  /** Upload what an earlier page has left of another take. */
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

  /** A recorder session begins. */
  open(type) {
    const { take } = this.record;
    this.#intake = new Intake(this.record, addSegment(this.record, type), this.store, () => this.uploads.get(take).kick());
  }

  add(blob, ms) {
    this.#intake.add(blob, ms);
  }

  /** The session has ended; resolves when all of it is kept in the browser. */
  async close(ms) {
    await this.#intake.end(ms);
    settleRecorded(this.record.take);
  }

  /** So much of the take has been recorded by now. */
  note(ms) {
    noteRecorded(this.record.take, ms);
  }

  /** The page goes. */
  rescue(ms) {
    this.note(ms);
    this.#intake.rescue();
  }

  /** The take has ended: stopped, limit, or kept as it was after an interruption. */
  async stop(reason, record = this.record) {
    record.stop ??= { reason, sent: false };
    await this.store.saveRecord(record);
    this.uploads.get(record.take).kick();
  }

  /** One more portion of recording time; resolves with the limits then in force. */
  async moreTime() {
    const { page, record } = this;
    return (await postJson(`${page.urls.take}${record.take}/more-time`)).limits;
  }
}
