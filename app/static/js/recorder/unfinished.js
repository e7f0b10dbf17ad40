// Calculates how much of a take has arrived, and finds takes that an earlier page or another device has left
// unfinished.

import { recordedOf } from "./recorded.js";
import { newRecord, recordedMs } from "./take_record.js";

const THEIRS = "server-"; // prefix for the names of sessions that another browser recorded

/**
 * Add the sessions that the server has and this browser lacks, because another device recorded them.
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
      done: true, // only the recording browser knows where the session ends
      isOpen: theirs.length !== theirs.offset,
    });
  }
  record.segments.sort((a, b) => a.segment - b.segment);
  return record;
}

/**
 * Return the recorded milliseconds that the server does not have yet.
 * @param {Segment[]} segments
 */
export function unsentMs(segments) {
  return segments.reduce((sum, one) => sum + (one.done ? 0 : Math.max(0, one.recordedMs - (one.sentMs ?? 0))), 0);
}

/**
 * Return the number of bytes recorded in all sessions.
 * @param {TakeRecord} record
 */
export function bytes(record) {
  return record.segments.reduce((sum, one) => sum + one.bytes, 0);
}

/**
 * Return the sessions whose remaining bytes the server refuses, so that this browser has the only copy.
 * @param {TakeRecord} record
 */
export function heldBack(record) {
  return record.segments.filter((one) => one.refused !== undefined && one.bytes > 0);
}

/**
 * Return whether the server still accepts a recording. After sending, only answers that are not closed can be added to.
 * @param {{can_keep?: boolean | string[]}} page
 * @param {TakeRecord} record
 */
export function canArrive(page, record) {
  return !Array.isArray(page.can_keep) || page.can_keep.includes(record.take);
}

/**
 * Return the stop report about the sessions of this browser. Other devices report their own sessions. Refused
 * sessions are left out, because the server would wait for them.
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
 * Return the name of the lock that is held by the page that uploads a take.
 * @param {string} take
 */
export function lockOf(take) {
  return `fairtake-take-${take}`;
}

/**
 * Return whether another page holds the lock of this take.
 * @param {string} take
 */
async function isHeldElsewhere(take) {
  const held = (await navigator.locks?.query())?.held ?? [];
  return held.some(({ name }) => name === lockOf(take));
}

/**
 * Close all sessions of a record whose page was closed, and allow refused sessions to be tried again.
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
 * Find unfinished takes in the browser and on the server. `toFinish` are takes to upload without asking. `offer` is a
 * take of this question that was never stopped, or null. `isElsewhere` is true if another tab is recording it.
 * @param {Pick<PageData, "owner" | "question" | "unfinished"> & Partial<PageData>} page
 * @param {{records: (owner: string) => Promise<TakeRecord[]>}} store
 */
export async function findUnfinished(page, store) {
  const records = await store.records(page.owner);
  const theirs = page.unfinished;
  /** @type {{toFinish: TakeRecord[], offer: TakeRecord | null, isElsewhere: boolean}} */
  const found = { toFinish: [], offer: null, isElsewhere: false };
  for (const record of records) {
    if (page.stopped?.includes(record.take)) record.stop ??= { reason: "kept", sent: false }; // stopped on another device
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
  const isStopped = records.some((one) => one.take === theirs?.take_id && one.stop); // the server does not know about the stop yet
  if (!theirs || found.isElsewhere || isStopped) return found;
  if (!found.offer) found.offer = fromServer(theirs, page);
  else if (found.offer.take === theirs.take_id) Object.assign(mergeServer(found.offer, theirs), { limits: theirs.limits });
  return found;
}
