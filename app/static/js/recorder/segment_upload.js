// The upload of one recorder session. Each step is the next request; there is only one at a time.

import { checksum, createUpload, readOffset, sendPart, ServerError } from "./server.js";

const EMPTY = new ArrayBuffer(0);

export class SegmentUpload {
  /**
   * Create the upload. `segment` is part of `record` (take_record.js) and is updated here.
   * @param {TakeRecord} record
   * @param {Segment} segment
   * @param {string} endpoint
   */
  constructor(record, segment, store, endpoint) {
    this.record = record;
    this.segment = segment;
    this.store = store;
    this.endpoint = endpoint;
    this.offset = null; // unknown until the server reports it
    this.acknowledged = 0; // the last offset that the server reported
    this.isRepeated = false; // whether all parts were sent again because the server had lost some
  }

  /** Forget the offset after a failure, so that the server is asked for it before anything is sent. */
  forgetOffset() {
    this.offset = null;
  }

  /**
   * Do one step. Returns {idle: true} if there is nothing to send, and {limit} if the server reported the limit.
   * @returns {Promise<{idle?: boolean, limit?: number | null, sent?: boolean}>}
   */
  async step() {
    if (!this.segment.url) return this.#create();
    if (this.offset === null) return this.#ask();
    const part = await this.store.part(this.segment.session, this.segment.sent ?? 0);
    if (part && part.offset + part.bytes.byteLength <= this.offset) {
      await this.store.acknowledge(part, this.record);
      return {};
    }
    if (part) return this.#send(part);
    return this.segment.ended ? this.#declareEnd() : { idle: true };
  }

  async #create() {
    const { session, segment, filetype } = this.segment;
    const { take, recorder } = this.record;
    try {
      Object.assign(this.segment, await createUpload(this.endpoint, { take, segment, session, filetype, ...(recorder && { recorder }) }));
    } catch (error) {
      if (error.kind !== "conflict") throw error;
      throw new ServerError("refused", error.status, { message: error.said }); // a retry would give the same answer
    }
    await this.store.saveRecord(this.record);
    return {};
  }

  async #ask() {
    const { offset, isFinished, limit } = await readOffset(this.segment.url);
    this.offset = this.acknowledged = offset;
    if (isFinished && offset >= this.segment.bytes) await this.#finish(); // otherwise this browser has more bytes than the server expects
    return { limit };
  }

  /** @param {Part} part */
  async #send(part) {
    const skip = this.offset - part.offset;
    if (skip < 0 && this.segment.sent && !this.isRepeated) {
      this.segment.sent = 0; // the server has lost acknowledged bytes, for example after restoring a backup
      this.isRepeated = true;
      return {};
    }
    if (skip < 0 && this.segment.ended) return this.#declareEnd(); // this browser has lost the bytes between
    if (skip < 0) throw new ServerError("refused"); // the missing bytes no longer exist anywhere
    const bytes = skip ? part.bytes.slice(skip) : part.bytes;
    const end = part.offset + part.bytes.byteLength;
    const isLast = this.segment.ended && end === this.segment.bytes;
    const { offset, limit } = await sendPart(this.segment.url, {
      offset: this.offset,
      bytes,
      checksum: skip ? await checksum(bytes) : part.checksum,
      length: isLast ? end : null,
      recordedMs: part.recordedMs,
    });
    this.offset = this.acknowledged = offset;
    if (offset >= end) await this.store.acknowledge(part, this.record);
    if (isLast && offset === end) await this.#finish();
    return { limit, sent: true };
  }

  async #declareEnd() {
    const { segment, record } = this;
    const isWhole = this.offset === segment.bytes;
    if (!isWhole) record.lostMs = (record.lostMs ?? 0) + segment.recordedMs - (segment.sentMs ?? 0);
    segment.bytes = this.offset;
    let limit;
    try {
      ({ limit } = await sendPart(this.segment.url, {
        offset: this.offset,
        bytes: EMPTY,
        checksum: await checksum(EMPTY),
        length: this.offset,
        recordedMs: this.segment.recordedMs,
      }));
    } catch (error) {
      // The stop report may have closed the upload already. If every byte has arrived, this is fine.
      if (!isWhole || error.kind !== "refused") throw error;
    }
    await this.#finish();
    return { limit };
  }

  async #finish() {
    this.segment.done = true;
    await this.store.saveRecord(this.record);
  }
}
