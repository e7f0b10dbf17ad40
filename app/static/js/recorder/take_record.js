// What the browser knows of one take, kept beside its parts, so that another page can go on with it; and what an
// earlier page, or another device, has left.
// TakeRecord and Segment, in types.d.ts, say what is in it.

import { recordedOf } from "./recorded.js";

const THEIRS = "server-"; // begins the name of a session that another browser recorded

/**
 * A record for a take that the server has just made.
 * @returns {TakeRecord}
 * @param {{take_id: string, number: number, limits: Limits}} made
 * @param {{owner: string, question: string | null, position?: number, kind: string, recorder?: string}} page
 */
export function newRecord({ take_id, number, limits }, { owner, question, position, kind, recorder }) {
  return { take: take_id, owner, question, position, number, kind, recorder, limits, segments: [], stop: null, touched: Date.now() };
}

/**
 * Begin another recorder session: bytes of two sessions are never appended to each other.
 * @param {TakeRecord} record
 * @param {string} filetype
 */
export function addSegment(record, filetype) {
  /** @type {Segment} */
  const segment = {
    session: crypto.randomUUID(),
    segment: 1 + Math.max(0, ...record.segments.map((one) => one.segment)),
    filetype,
    url: null,
    bytes: 0,
    seq: 0,
    recordedMs: 0,
    sent: 0,
    sentMs: 0,
    ended: false,
    done: false,
  };
  record.segments.push(segment);
  return segment;
}

/**
 * Add what the server knows of the same take and this browser does not: sessions on another device.
 * @param {TakeRecord} record
 * @param {Unfinished} unfinished
 */
export function mergeServer(record, unfinished) {
  for (const theirs of unfinished.segments) {
    const ours = record.segments.find((one) => one.session === theirs.session);
    if (ours) {
      ours.bytes = Math.max(ours.bytes, theirs.offset);
      ours.recordedMs = Math.max(ours.recordedMs, theirs.recorded_ms);
      continue;
    }
    record.segments.push({
      session: `${THEIRS}${theirs.segment}`,
      segment: theirs.segment,
      filetype: "",
      url: theirs.upload_url,
      bytes: theirs.offset,
      seq: 0,
      recordedMs: theirs.recorded_ms,
      ended: true,
      done: true, // only the browser that recorded it knows where it ends
      isOpen: theirs.length !== theirs.offset,
    });
  }
  record.segments.sort((a, b) => a.segment - b.segment);
  return record;
}

/**
 * Recorded milliseconds of all sessions.
 * @param {{segments: Segment[]}} record
 */
export function recordedMs(record) {
  return record.segments.reduce((sum, one) => sum + one.recordedMs, 0);
}

/**
 * Recorded milliseconds of sessions that the server does not have yet.
 * @param {Segment[]} segments
 */
export function unsentMs(segments) {
  return segments.reduce((sum, one) => sum + (one.done ? 0 : Math.max(0, one.recordedMs - (one.sentMs ?? 0))), 0);
}

/**
 * Bytes recorded in all sessions.
 * @param {TakeRecord} record
 */
export function bytes(record) {
  return record.segments.reduce((sum, one) => sum + one.bytes, 0);
}

/**
 * The sessions of which the server does not take the rest: this browser has the only copy.
 * @param {TakeRecord} record
 */
export function heldBack(record) {
  return record.segments.filter((one) => one.refused !== undefined && one.bytes > 0);
}

/**
 * What the server is told at the end: of the sessions of this browser. Another device reports its own. What was refused
 * is not announced: it would be waited for.
 * @param {TakeRecord} record
 */
export function stopReport(record) {
  const own = record.segments.filter((one) => one.bytes > 0 && !one.session.startsWith(THEIRS));
  return {
    reason: heldBack(record).length ? "kept" : record.stop?.reason,
    recorder: record.recorder,
    recorded_ms: Math.round(recordedMs(record)),
    segments: own
      .filter((one) => one.refused === undefined)
      .map((one) => ({ segment: one.segment, bytes: one.bytes, recorded_ms: Math.round(one.recordedMs) })),
  };
}

/**
 * The name of the lock that the page which uploads a take holds.
 * @param {string} take
 */
export function lockOf(take) {
  return `fairtake-take-${take}`;
}

/**
 * Whether another page holds this take at the moment.
 * @param {string} take
 */
async function isHeldElsewhere(take) {
  const held = (await navigator.locks?.query())?.held ?? [];
  return held.some(({ name }) => name === lockOf(take));
}

/**
 * A session whose page has gone will not grow any more; what was refused is tried again.
 * @param {TakeRecord} record
 */
export function close(record) {
  for (const segment of record.segments) {
    segment.ended = true;
    delete segment.refused;
  }
  return record;
}

/**
 * @param {Unfinished} unfinished
 * @param {Pick<PageData, "owner" | "question" | "unfinished"> & Partial<PageData>} page
 */
function fromServer(unfinished, page) {
  return mergeServer(newRecord(unfinished, { ...page, kind: unfinished.kind }), unfinished);
}

/**
 * Sort what is in the browser and at the server: `toFinish` are takes to upload without a word from the person;
 * `offer` is a take of this question that was never stopped, or null; `isElsewhere` when another tab records it.
 * @param {Pick<PageData, "owner" | "question" | "unfinished"> & Partial<PageData>} page
 * @param {{records: (owner: string) => Promise<TakeRecord[]>}} store
 */
export async function findUnfinished(page, store) {
  const records = await store.records(page.owner);
  const theirs = page.unfinished;
  /** @type {{toFinish: TakeRecord[], offer: TakeRecord | null, isElsewhere: boolean}} */
  const found = { toFinish: [], offer: null, isElsewhere: false };
  for (const record of records) {
    if (page.stopped?.includes(record.take)) record.stop ??= { reason: "kept", sent: false }; // on another device
    const isOurs = record.question === page.question && !record.stop;
    if (isOurs && (await isHeldElsewhere(record.take))) {
      found.isElsewhere = true;
      continue;
    }
    Object.assign(close(record), { isStored: true, isOwn: false });
    record.lostMs = Math.max(record.lostMs ?? 0, (recordedOf(record.take) ?? 0) - recordedMs(record));
    if (isOurs && recordedMs(record) > 0 && !found.offer) found.offer = record;
    else found.toFinish.push(record);
  }
  const isStopped = records.some((one) => one.take === theirs?.take_id && one.stop); // the server does not know it yet
  if (!theirs || found.isElsewhere || isStopped) return found;
  if (!found.offer) found.offer = fromServer(theirs, page);
  else if (found.offer.take === theirs.take_id) Object.assign(mergeServer(found.offer, theirs), { limits: theirs.limits });
  return found;
}
