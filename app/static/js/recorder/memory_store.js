// The same store in memory, for a browser whose storage is blocked or full. It ends with the page.

export class MemoryStore {
  #parts = new Map();
  #records = new Map();

  addPart(part, record) {
    if (!this.#parts.has(part.session)) this.#parts.set(part.session, []);
    this.#parts.get(part.session).push(part);
    this.saveRecord(record);
  }

  saveRecord(record) {
    this.#records.set(record.take, record);
  }

  firstPart(session) {
    return this.#parts.get(session)?.[0];
  }

  dropPart(part) {
    const parts = this.#parts.get(part.session);
    if (parts?.[0]?.seq === part.seq) parts.shift();
  }

  record(take) {
    return this.#records.get(take);
  }

  forget(record) {
    this.#records.delete(record.take);
    for (const { session } of record.segments) this.#parts.delete(session);
  }
}
