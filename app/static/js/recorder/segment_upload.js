// The upload of one recorder session. Each step makes the next request; there is only one at a time.

import { checksum, ServerError } from "./server.js";
import { createUpload, readOffset, sendPart } from "./tus.js";
import { text } from "./words.js";

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
   * Do one step. Returns {idle: true} if there is nothing to send, and {limit} if the server reported the limit. Rejects
   * with a ServerError, or with a StoreError if the parts could not be read.
   * @returns {Promise<{idle?: boolean, limit?: number | null, sent?: boolean}>}
   */
  async step() {
    if (!this.segment.url) return this.#create();
    if (this.offset === null) return this.#ask();
    const { session, sent = 0, seq } = this.segment;
    const part = sent < seq ? await this.store.part(session, sent) : undefined; // only if a part has been stored since
    if (part && part.offset + part.bytes.byteLength <= this.offset) {
      await this.store.acknowledge(part, this.record);
      return {};
    }
    if (part) return this.#send(part);
    if (!this.segment.ended) return { idle: true };
    return this.#isBehind ? this.#lookAgain() : this.#declareEnd();
  }

  /** Whether the server has fewer bytes than it has acknowledged. */
  get #isBehind() {
    return this.offset < this.segment.bytes && this.segment.sent > 0 && !this.isRepeated;
  }

  /** The server has lost bytes that it acknowledged, because a backup was restored. Check every part again. */
  #lookAgain() {
    this.segment.sent = 0;
    this.isRepeated = true;
    return {};
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
    if (skip < 0) return this.#isBehind ? this.#lookAgain() : this.#stopAtGap();
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
      ({ limit } = await this.#sendEnd(segment.recordedMs));
    } catch (error) {
      // The stop report may already have closed the upload. If every byte has arrived, this is not an error.
      if (!isWhole || error.kind !== "refused") throw error;
    }
    await this.#finish();
    return { limit };
  }

  /**
   * The browser has lost the next part but still has later parts. These would make the answer unreadable, so they are
   * not sent but offered to the person. Tell the server not to wait for more.
   */
  async #stopAtGap() {
    try {
      if (this.segment.ended) await this.#sendEnd(this.segment.sentMs ?? 0);
    } catch (error) {
      if (error.kind !== "refused") throw error;
    }
    throw new ServerError("refused", 0, { message: text("held_gap") });
  }

  /** Tell the server that the session ends with what has arrived. */
  async #sendEnd(recordedMs) {
    const end = { offset: this.offset, bytes: EMPTY, checksum: await checksum(EMPTY), length: this.offset, recordedMs };
    return sendPart(this.segment.url, end);
  }

  async #finish() {
    this.segment.done = true;
    await this.store.saveRecord(this.record);
  }
}
