// Slices become parts: cut, checksummed and kept in the browser, in their order, before anything is sent.

import { checksum } from "./checksum.js";

const PART_BYTES = 256 * 1024; // after a sleep a slice can be 50 MB

export class Intake {
  #chain = Promise.resolve();

  /** `kept()` is called after each slice whose parts are in the store. */
  constructor(record, segment, store, kept) {
    Object.assign(this, { record, segment, store, kept });
  }

  /** Take in a slice that ends at `recordedMs` of this session. */
  add(blob, recordedMs) {
    this.#chain = this.#chain.then(() => this.#keep(blob, recordedMs));
  }

  /** Resolve when every slice is kept; no more will come. */
  async end(recordedMs) {
    await this.#chain;
    Object.assign(this.segment, { ended: true, recordedMs });
    await this.store.saveRecord(this.record);
    this.kept();
  }

  async #keep(blob, recordedMs) {
    for (let start = 0; start < blob.size; start += PART_BYTES) {
      const bytes = await blob.slice(start, start + PART_BYTES).arrayBuffer();
      const { session, seq, bytes: offset } = this.segment;
      const part = { session, seq, offset, bytes, checksum: await checksum(bytes), recordedMs };
      Object.assign(this.segment, { seq: seq + 1, bytes: offset + bytes.byteLength, recordedMs });
      await this.store.addPart(part, this.record);
    }
    this.kept();
  }
}
