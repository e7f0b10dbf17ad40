// The parts of a take, kept in the browser until the server has all of it: a reload, a crash, a flat battery, a refusal.
// Those that the server has are kept with the others: a recording without its beginning cannot be played.
//
// IndexedDB holds ArrayBuffers (WebKit loses Blobs) and flushes them before it says that they are kept. Where
// it is blocked or full the parts stay in memory, recording goes on, and `isDurable` becomes false.
//
// part: {session, seq, offset, bytes, checksum, recordedMs};  record: what is known of a take (see take_record.js)

import { checksum } from "./server.js";

const NAME = "fairtake-recorder";
const OPEN_MS = 4000; // some browsers never answer where storage is blocked
const FORGET_MS = 7 * 24 * 3600 * 1000;

function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    setTimeout(() => reject(new Error("no answer")), OPEN_MS);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("parts", { keyPath: ["session", "seq"] });
      request.result.createObjectStore("takes", { keyPath: "take" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error ?? new Error("blocked"));
  });
}

function wholeSession(session) {
  return IDBKeyRange.bound([session], [session, []]);
}

class BrowserStore {
  constructor(database) {
    this.database = database;
  }

  /** Run `work` in one transaction over both stores; resolve with its result when the disk has it. */
  #within(mode, work) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(["parts", "takes"], mode, { durability: "strict" });
      let result;
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
      Promise.resolve(work(transaction.objectStore("parts"), transaction.objectStore("takes")))
        .then((value) => (result = value))
        .catch(reject);
    });
  }

  /** Keep a part together with what the take then amounts to, both or neither. */
  addPart(part, record) {
    return this.#within("readwrite", (parts, takes) => {
      parts.put(part);
      takes.put(record);
    });
  }

  saveRecord(record) {
    return this.#within("readwrite", (_parts, takes) => void takes.put(record));
  }

  /** Keep parts that are still Blobs, without waiting for anything: the page is going. */
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

  /** Remove what the server has acknowledged: the disk is full. */
  async makeRoom() {
    const all = await this.#within("readonly", (_parts, takes) => answer(takes.getAll()));
    const sent = all.flatMap(({ segments }) => segments).filter((one) => one.sent > 0);
    await this.#within("readwrite", (parts) => {
      for (const one of sent) parts.delete(IDBKeyRange.bound([one.session, 0], [one.session, one.sent - 1]));
    });
  }

  /** Put a record in the place of another, with the sessions that it takes over; the other's are deleted. */
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

  /** Delete records not touched within a week, for any user, unless they hold the only copy of something. */
  async forgetOld(now) {
    const all = await this.#within("readonly", (_parts, takes) => answer(takes.getAll()));
    for (const record of all) {
      const isSafe = record.segments.every((one) => one.done || !one.bytes);
      if (isSafe && now - record.touched > FORGET_MS) await this.forget(record);
    }
  }
}

/** The same in memory, for a browser whose storage is blocked or full. It ends with the page. */
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

  /** Parts that the server has are not kept here: memory is small. */
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

/** Writes to the browser's store, and to memory from the first time that this fails. */
class PartStore {
  #browser;
  #memory = new MemoryStore();

  constructor(browser) {
    this.#browser = browser;
    this.isDurable = browser !== null;
  }

  async #write(name, ...values) {
    if (this.isDurable) {
      const write = () => this.#browser[name](...values);
      try {
        return await write().catch(() => this.#browser.makeRoom().then(write));
      } catch {
        this.isDurable = false; // blocked, full or wiped: the recorder tells the person once capture has ended
      }
    }
    return this.#memory[name](...values);
  }

  async #read(name, ...values) {
    return (await this.#browser?.[name](...values).catch(() => undefined)) ?? this.#memory[name](...values);
  }

  addPart(part, record) {
    return this.#write("addPart", part, record);
  }

  saveRecord(record) {
    record.touched = Date.now();
    return this.#write("saveRecord", record);
  }

  /** The first part of a session from a number on: those on disk are older than those in memory. */
  async part(session, from) {
    const part = await this.#read("part", session, from);
    if (!part?.blob) return part;
    const { blob, ...rest } = part; // kept as its page went
    const bytes = await blob.arrayBuffer().catch(() => new ArrayBuffer(0));
    return { ...rest, bytes, checksum: await checksum(bytes) };
  }

  /** Keep what waits while the page is going; without a store there is nowhere. */
  rescue(parts, record) {
    try {
      if (this.isDurable) this.#browser.rescue(parts, record);
    } catch {
      // The store is closed: the next page says how many seconds are missing.
    }
  }

  /** Write down that the server has a part. */
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

  record(take) {
    return this.#read("record", take);
  }

  async records(owner) {
    return (await this.#browser?.records(owner).catch(() => [])) ?? [];
  }

  async forget(record) {
    await this.#browser?.forget(record).catch(() => {});
    this.#memory.forget(record);
  }
}

/** The store of this browser, or one in memory where it has none. */
export async function openStore(opener = open) {
  let browser;
  try {
    browser = new BrowserStore(await opener());
    await browser.forgetOld(Date.now());
  } catch {
    browser = null;
  }
  return new PartStore(browser);
}
