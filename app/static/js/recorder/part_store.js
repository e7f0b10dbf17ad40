// Stores the parts of a take in the browser until the server has all of it, so that they survive a reload, a crash, an
// empty battery or a refusal. Parts that the server has received are kept too, because a recording without its
// beginning cannot be played. IndexedDB holds ArrayBuffers (WebKit loses Blobs) and flushes them to disk before it
// reports success. If it is blocked or full, the parts stay in memory, recording continues, and `isDurable` becomes
// false. Some transactions never finish, so every wait is bounded. After a timeout, a write goes to memory, and a read
// rejects with a StoreError. Callers must then try again, and must not treat the data as lost. part: {session, seq,
// offset, bytes, checksum, recordedMs}; record: the facts about a take (see take_record.js)

import { answer, open } from "./database.js";
import { after } from "./patience.js";
import { checksum } from "./server.js";

const ANSWER_MS = 5000; // for one transaction
const MAX_TRIES = 3; // to read the records when a page starts
const FORGET_MS = 7 * 24 * 3600 * 1000;

/** The browser's store did not respond, or could not be read. */
export class StoreError extends Error {}

function wholeSession(session) {
  return IDBKeyRange.bound([session], [session, []]);
}

/** End a transaction whose result is no longer needed. */
function giveUp(transaction) {
  try {
    transaction.abort();
  } catch {
    // The transaction has already ended, although no event arrived.
  }
}

class BrowserStore {
  constructor(database) {
    this.database = database;
  }

  /**
   * Run `work` in one transaction over both stores. Resolves with its result when the data is on disk. Rejects with a
   * StoreError after ANSWER_MS, and aborts the transaction.
   */
  #within(mode, work) {
    let cancel = () => {};
    const finished = new Promise((resolve, reject) => {
      const transaction = this.database.transaction(["parts", "takes"], mode, { durability: "strict" });
      cancel = after(ANSWER_MS, () => {
        reject(new StoreError("no answer"));
        giveUp(transaction);
      });
      let result;
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
      Promise.resolve(work(transaction.objectStore("parts"), transaction.objectStore("takes")))
        .then((value) => (result = value))
        .catch(reject);
    });
    return finished.finally(() => cancel());
  }

  /** Store a part and the updated record of its take in one transaction. */
  addPart(part, record) {
    return this.#within("readwrite", (parts, takes) => {
      parts.put(part);
      takes.put(record);
    });
  }

  saveRecord(record) {
    return this.#within("readwrite", (_parts, takes) => void takes.put(record));
  }

  /** Store parts that are still Blobs without waiting, because the page is closing. */
  rescue(parts, record) {
    const transaction = this.database.transaction(["parts", "takes"], "readwrite");
    for (const part of parts) transaction.objectStore("parts").put(part);
    transaction.objectStore("takes").put(record);
    transaction.commit?.();
  }

  part(session, from) {
    const range = IDBKeyRange.bound([session, from], [session, []]);
    return this.#within("readonly", async (parts) => (await answer(parts.getAll(range, 1)))[0]);
  }

  record(take) {
    return this.#within("readonly", (_parts, takes) => answer(takes.get(take)));
  }

  /** Delete parts that the server has acknowledged, because the disk is full. */
  async makeRoom() {
    const all = await this.#within("readonly", (_parts, takes) => answer(takes.getAll()));
    const sent = all.flatMap(({ segments }) => segments).filter((one) => one.sent > 0);
    await this.#within("readwrite", (parts) => {
      for (const one of sent) parts.delete(IDBKeyRange.bound([one.session, 0], [one.session, one.sent - 1]));
    });
  }

  /** Replace a record with another one. Sessions that only the old record has are deleted. */
  replace(old, record) {
    return this.#within("readwrite", (parts, takes) => {
      const kept = new Set(record.segments.map((one) => one.session));
      for (const { session } of old.segments) if (!kept.has(session)) parts.delete(wholeSession(session));
      takes.delete(old.take);
      takes.put(record);
    });
  }

  records(owner) {
    return this.#within("readonly", async (_parts, takes) => (await answer(takes.getAll())).filter((record) => record.owner === owner));
  }

  forget(record) {
    return this.#within("readwrite", (parts, takes) => {
      takes.delete(record.take);
      for (const { session } of record.segments) parts.delete(wholeSession(session));
    });
  }

  /**
   * Delete records of all users that were not touched within a week, unless they hold the only copy of a recording.
   */
  async forgetOld(now) {
    const all = await this.#within("readonly", (_parts, takes) => answer(takes.getAll()));
    for (const record of all) {
      const isSafe = record.segments.every((one) => one.done || !one.bytes);
      if (isSafe && now - record.touched > FORGET_MS) await this.forget(record);
    }
  }
}

/** The same interface in memory, for browsers whose storage is blocked or full. It is lost when the page closes. */
class MemoryStore {
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

  part(session, from) {
    return this.#parts.get(session)?.find((part) => part.seq >= from);
  }

  /** Delete a part that the server has, because memory is small. */
  drop({ session, seq }) {
    const parts = this.#parts.get(session);
    if (parts?.[0]?.seq === seq) parts.shift();
  }

  replace(old, record) {
    this.#records.delete(old.take);
    this.saveRecord(record);
  }

  record(take) {
    return this.#records.get(take);
  }

  forget(record) {
    this.#records.delete(record.take);
    for (const { session } of record.segments) this.#parts.delete(session);
  }
}

/** Writes to the browser's store, and to memory after the first failure. */
class PartStore {
  #browser;
  #opener;
  #memory = new MemoryStore();

  constructor(browser, opener) {
    this.#browser = browser;
    this.#opener = opener;
    this.isDurable = browser !== null;
    this.isUnread = browser === null; // whether there may be records that could not be read
  }

  async #write(name, ...values) {
    if (this.isDurable) {
      const write = () => this.#browser[name](...values);
      try {
        return await write().catch((error) => {
          if (error instanceof StoreError) throw error; // it would not respond the next time either
          return this.#browser.makeRoom().then(write);
        });
      } catch {
        this.isDurable = false; // storage is blocked, full or cleared; the recorder tells the user after capture
      }
    }
    return this.#memory[name](...values);
  }

  /**
   * Return a value from the browser's store; undefined if it is not there or there is no store. Rejects with a
   * StoreError.
   */
  async #read(name, ...values) {
    try {
      return await this.#browser?.[name](...values);
    } catch {
      await this.#reopen();
      throw new StoreError("not read");
    }
  }

  /** The browser may have closed the connection, for example because the user cleared the storage. */
  async #reopen() {
    try {
      const old = this.#browser;
      this.#browser = new BrowserStore(await this.#opener());
      old.database.close();
    } catch {
      // Try the old connection again next time.
    }
  }

  addPart(part, record) {
    return this.#write("addPart", part, record);
  }

  saveRecord(record) {
    record.touched = Date.now();
    return this.#write("saveRecord", record);
  }

  /**
   * Return the first part of a session from `from` on, from disk or memory. Rejects with a StoreError if the store does
   * not answer.
   */
  async part(session, from) {
    const inMemory = this.#memory.part(session, from);
    const onDisk = inMemory?.seq === from ? undefined : await this.#read("part", session, from);
    const part = onDisk && inMemory ? (inMemory.seq < onDisk.seq ? inMemory : onDisk) : (onDisk ?? inMemory);
    if (!part?.blob) return part;
    const { blob, ...rest } = part; // stored while its page was closing
    const bytes = await blob.arrayBuffer().catch(() => new ArrayBuffer(0));
    return { ...rest, bytes, checksum: await checksum(bytes) };
  }

  /** Store waiting parts while the page is closing. This is impossible if only memory is available. */
  rescue(parts, record) {
    try {
      if (this.isDurable) this.#browser.rescue(parts, record);
    } catch {
      // The store is closed. The next page shows how many seconds are missing.
    }
  }

  /** Record that the server has a part. */
  async acknowledge(part, record) {
    const segment = record.segments.find((one) => one.session === part.session);
    segment.sent = part.seq + 1;
    if (part.bytes.byteLength) segment.sentMs = part.recordedMs;
    this.#memory.drop(part);
    await this.saveRecord(record);
  }

  replace(old, record) {
    return this.#write("replace", old, record);
  }

  /** The record of a take. Rejects with a StoreError if it is unknown whether there is one. */
  async record(take) {
    return (await this.#read("record", take)) ?? this.#memory.record(take);
  }

  /** The records of a candidate. If the store does not respond, there are none and `isUnread` is true. */
  async records(owner) {
    for (let tries = 0; this.#browser && tries < MAX_TRIES; tries += 1) {
      const found = await this.#read("records", owner).catch(() => null);
      if (found) return found;
    }
    this.isUnread = true;
    return [];
  }

  async forget(record) {
    await this.#browser?.forget(record).catch(() => {});
    this.#memory.forget(record);
  }
}

/** Open the store of this browser, or create one in memory if that fails. */
export async function openStore(opener = open) {
  let browser = null;
  try {
    browser = new BrowserStore(await opener());
    browser.forgetOld(Date.now()).catch(() => {});
  } catch {
    // Storage is blocked, or does not respond.
  }
  return new PartStore(browser, opener);
}
