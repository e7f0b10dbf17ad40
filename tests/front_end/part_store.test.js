// If the browser's store of parts does not respond, no wait is endless, and unread data is not reported as lost.

import "./page.js";

import assert from "node:assert/strict";
import { test } from "node:test";

import { openStore, StoreError } from "../../app/static/js/recorder/part_store.js";
import { SegmentUpload } from "../../app/static/js/recorder/segment_upload.js";
import { page } from "../../app/static/js/recorder/words.js";
import { withClock } from "./timers.js";

const RECORD = { take: "t", owner: "o", segments: [] };

globalThis.IDBKeyRange = { bound: (from, to) => ({ from, to }) };

/** A request that succeeds a moment later. */
function answered(result) {
  const request = { result };
  setImmediate(() => request.onsuccess?.());
  return request;
}

/** A database that counts its transactions and the aborted ones. `answers()` decides whether a transaction ends. */
function database(parts, answers) {
  const made = { count: 0, aborted: 0, close() {} };
  made.transaction = () => {
    made.count += 1;
    const transaction = { abort: () => (made.aborted += 1) };
    const isAnswered = answers();
    const request = (result) => (isAnswered ? answered(result) : {});
    const store = {
      put() {},
      delete() {},
      get: () => request(undefined),
      getAll: ({ from: [session, seq] } = { from: [] }) =>
        request(parts.filter((part) => part.session === session && part.seq >= seq).slice(0, 1)),
    };
    transaction.objectStore = () => store;
    if (isAnswered) setImmediate(() => setImmediate(() => setImmediate(() => transaction.oncomplete())));
    return transaction;
  };
  return made;
}

test("write that gets no answer is given up after five seconds and goes to memory", () =>
  withClock(async (pass) => {
    const made = database([], () => false);
    const store = await openStore(async () => made);
    const part = { session: "s", seq: 0 };
    let isKept = false;
    const written = Promise.resolve(store.addPart(part, RECORD)).then(() => (isKept = true));
    await pass(4900);
    assert.equal(isKept, false);
    await pass(200);
    await written;
    assert.equal(store.isDurable, false);
    assert.equal(made.aborted, 2); // this transaction, and the one that deletes old records
    const before = made.count;
    await store.addPart({ session: "s", seq: 1 }, RECORD);
    assert.equal(made.count, before); // other writes do not wait for it
  }));

/** A store that was writing a part when the computer slept for an hour, and its unfinished transactions. */
async function sleeping(pass) {
  const made = database([], () => false);
  const { transaction } = made;
  const begun = [];
  made.transaction = () => begun[begun.push(transaction()) - 1];
  const store = await openStore(async () => made);
  const written = store.addPart({ session: "s", seq: 0 }, RECORD);
  await pass(1000);
  await pass(3600_000);
  return { store, made, begun, written };
}

test("answer that comes just after a timer when the computer wakes is used", () =>
  withClock(async (pass) => {
    const { store, made, begun, written } = await sleeping(pass);
    assert.equal(made.aborted, 0);
    for (const transaction of begun) transaction.oncomplete();
    await written;
    assert.equal(store.isDurable, true);
  }));

test("store that does not answer after a sleep is given up, even if every timer is late", () =>
  withClock(async (pass) => {
    const { store, written } = await sleeping(pass);
    for (let minutes = 0; minutes < 3; minutes += 1) await pass(60_000);
    await written;
    assert.equal(store.isDurable, false);
  }));

test("part in memory is found where the disk has only later ones", async () => {
  const made = database([{ session: "s", seq: 3 }], () => true);
  let isFull = true;
  made.transaction = (
    (transaction) =>
    (...values) => {
      if (isFull && values[1] === "readwrite") throw new Error("full");
      return transaction(...values);
    }
  )(made.transaction);
  const store = await openStore(async () => made);
  await store.addPart({ session: "s", seq: 2 }, RECORD);
  isFull = false;
  assert.equal((await store.part("s", 0)).seq, 2);
  assert.equal((await store.part("s", 3)).seq, 3);
});

test("read that gets no answer rejects, and the next one opens the store again", () =>
  withClock(async (pass) => {
    let isDead = true;
    const opened = [];
    const opener = async () => opened[opened.push(database([{ session: "s", seq: 0, bytes: new ArrayBuffer(2) }], () => !isDead)) - 1];
    const store = await openStore(opener);
    const failed = assert.rejects(store.part("s", 0), StoreError);
    await pass(5000);
    await failed;
    isDead = false;
    assert.equal(opened.length, 2);
    assert.equal((await store.part("s", 0)).seq, 0);
  }));

test("records that are not read after three tries are not called none", () =>
  withClock(async (pass) => {
    const store = await openStore(async () => database([], () => false));
    const reading = store.records("o");
    for (let tries = 0; tries < 3; tries += 1) await pass(5000);
    assert.deepEqual(await reading, []);
    assert.equal(store.isUnread, true);
  }));

test("blocked store is not called empty", async () => {
  const store = await openStore(() => Promise.reject(new Error("blocked")));
  assert.deepEqual(await store.records("o"), []);
  assert.deepEqual([store.isUnread, store.isDurable], [true, false]);
});

/**
 * A session of four parts of two bytes. The server has `offset` bytes; the parts with the numbers `lost` are missing.
 */
function session({ offset = 0, lost = [], ...segment }) {
  const parts = [0, 1, 2, 3].map((seq) => ({
    session: "s",
    seq,
    offset: 2 * seq,
    bytes: new ArrayBuffer(2),
    checksum: "",
    recordedMs: 1000 * (seq + 1),
  }));
  const kept = { session: "s", url: "/uploads/1", bytes: 8, seq: 4, recordedMs: 4000, sent: 0, sentMs: 0, ended: true, ...segment };
  const record = { segments: [kept] };
  const sent = [];
  const server = { offset, sent, length: null };
  globalThis.fetch = async (_url, { method, body, headers }) => {
    if (method === "PATCH") {
      server.offset += body.byteLength;
      if (headers["Upload-Length"]) server.length = Number(headers["Upload-Length"]);
    }
    return new Response(null, { status: 204, headers: { "Upload-Offset": String(server.offset) } });
  };
  const store = {
    part: async (_session, from) => parts.find(({ seq }) => seq >= from && !lost.includes(seq)),
    acknowledge: async (part) => Object.assign(kept, { sent: part.seq + 1, sentMs: part.recordedMs }),
    saveRecord: async () => {},
  };
  return { upload: new SegmentUpload(record, kept, store, "/uploads/"), server, record, segment: kept, store };
}

async function work(upload) {
  for (let turn = 0; turn < 40 && !upload.segment.done; turn += 1) await upload.step();
}

test("part missing in the middle: what comes before is sent and ended, what comes after is refused and stays", async () => {
  page.strings = { held_gap: "a gap" };
  const { upload, server, segment, record } = session({ lost: [1] });
  await assert.rejects(work(upload), { kind: "refused", said: "a gap" });
  assert.deepEqual([server.offset, server.length], [2, 2]);
  assert.deepEqual([segment.done, segment.bytes, segment.sentMs, record.lostMs], [undefined, 8, 1000, undefined]);
});

test("two gaps are met in the same way, also when a page is loaded again", async () => {
  const { upload, server, segment } = session({ lost: [1, 3], offset: 2, sent: 1, sentMs: 1000 });
  await assert.rejects(work(upload), { kind: "refused" });
  assert.equal(server.offset, 2);
  await assert.rejects(work(new SegmentUpload(upload.record, segment, upload.store, "/uploads/")), { kind: "refused" });
  assert.equal(segment.bytes, 8);
});

test("missing end is said to be lost, and nothing before it is", async () => {
  const { upload, server, record, segment } = session({ lost: [3] });
  await work(upload);
  assert.deepEqual([server.length, segment.done, record.lostMs], [6, true, 1000]);
});

test("server that lost what it acknowledged gets it again although no part was waiting", async () => {
  const { upload, server, record } = session({ sent: 4, sentMs: 4000, offset: 2 });
  await work(upload);
  assert.deepEqual([server.offset, record.lostMs], [8, undefined]);
});

test("read that fails at the end of a session ends nothing", async () => {
  const { upload, server, record, segment, store } = session({});
  const part = store.part;
  let isDead = true;
  store.part = async (...values) => {
    if (isDead) throw new StoreError("no answer");
    return part(...values);
  };
  await upload.step(); // asks for the offset
  await assert.rejects(upload.step(), StoreError);
  assert.deepEqual([server.length, record.lostMs, segment.done], [null, undefined, undefined]);
  isDead = false;
  await work(upload);
  assert.deepEqual([server.offset, server.length, record.lostMs], [8, 8, undefined]);
});
