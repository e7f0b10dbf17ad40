// One recorder session on its way to the server: the next request that brings it further, one at a time.

import { checksum, createUpload, readOffset, sendPart, ServerError } from "./server.js";

const EMPTY = new ArrayBuffer(0);

export class SegmentUpload {
  /**
   * `segment` belongs to `record` (take_record.js) and is kept up to date here.
   * @param {TakeRecord} record
   * @param {Segment} segment
   * @param {string} endpoint
   */
  constructor(record, segment, store, endpoint) {
    this.record = record;
    this.segment = segment;
    this.store = store;
    this.endpoint = endpoint;
    this.offset = null; // unknown until the server has said it
    this.acknowledged = 0; // the newest that it said
    this.isRepeated = false; // whether every part has been looked at once more, because the server had less
  }

  /** After a failure the server is asked where it stands before anything is sent. */
  forgetOffset() {
    this.offset = null;
  }

  /**
   * Do one step. Gives {idle: true} when there is nothing to send, and {limit} where the server named it.
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
      throw new ServerError("refused", error.status, { message: error.said }); // asking again would not change it
    }
    await this.store.saveRecord(this.record);
    return {};
  }

  async #ask() {
    const { offset, isFinished, limit } = await readOffset(this.segment.url);
    this.offset = this.acknowledged = offset;
    if (isFinished && offset >= this.segment.bytes) await this.#finish(); // else there is more here than the server knows of
    return { limit };
  }

  /** @param {Part} part */
  async #send(part) {
    const skip = this.offset - part.offset;
    if (skip < 0 && this.segment.sent && !this.isRepeated) {
      this.segment.sent = 0; // the server has lost what it acknowledged: a backup was put back
      this.isRepeated = true;
      return {};
    }
    if (skip < 0 && this.segment.ended) return this.#declareEnd(); // the browser has lost what comes between
    if (skip < 0) throw new ServerError("refused"); // bytes are missing that nobody has any more
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
      // The report of the stop may have closed it already; with every byte there, nothing is left to say.
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
