// The parts that the server has not acknowledged, kept in the browser: a reload, a crash, a flat battery.
//
// IndexedDB holds ArrayBuffers (WebKit loses Blobs) and flushes them before it says that they are kept. Where
// it is blocked or full the parts stay in memory, recording goes on, and `isDurable` becomes false.
//
// part: {session, seq, offset, bytes, checksum, recordedMs};  record: what is known of a take (see take_record.js)

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

  firstPart(session) {
    return this.#within("readonly", async (parts) => (await answer(parts.getAll(wholeSession(session), 1)))[0]);
  }

  dropPart(part) {
    return this.#within("readwrite", (parts) => void parts.delete([part.session, part.seq]));
  }

  record(take) {
    return this.#within("readonly", (_parts, takes) => answer(takes.get(take)));
  }

  records(owner) {
    return this.#within("readonly", async (_parts, takes) =>
      (await answer(takes.getAll())).filter((record) => record.owner === owner));
  }

  forget(record) {
    return this.#within("readwrite", (parts, takes) => {
      takes.delete(record.take);
      for (const { session } of record.segments) parts.delete(wholeSession(session));
    });
  }

  /** Remove what nobody has come back for in a week, whoever's it was. */
  async forgetOld(now) {
    const all = await this.#within("readonly", (_parts, takes) => answer(takes.getAll()));
    for (const record of all) if (now - record.touched > FORGET_MS) await this.forget(record);
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
      try {
        return await this.#browser[name](...values);
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

  /** The oldest part of a session that is still here: those on disk are older than those in memory. */
  firstPart(session) {
    return this.#read("firstPart", session);
  }

  async dropPart(part) {
    await this.#browser?.dropPart(part).catch(() => {});
    this.#memory.dropPart(part);
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
  let browser = null;
  try {
    browser = new BrowserStore(await opener());
    await browser.forgetOld(Date.now());
  } catch {
    browser = null;
  }
  return new PartStore(browser);
}
