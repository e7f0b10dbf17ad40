// What the browser knows of one take, kept beside its parts, so that another page can go on with it.
//
// record: {take, owner, question, number, kind, limits, segments, stop, touched}
//   segment: {session, segment, filetype, url, bytes, seq, recordedMs, ended, done}
//     session: random name of one recorder session; segment: its number at the server; bytes, recordedMs: so far;
//     seq: parts made; ended: no more will come; done: the server has all of it
//   stop: null, or {reason, sent}

/** A record for a take that the server has just made. */
export function newRecord({ take_id, number, limits }, { owner, question, kind }) {
  return { take: take_id, owner, question, number, kind, limits, segments: [], stop: null, touched: Date.now() };
}

/** Begin another recorder session: bytes of two sessions are never appended to each other. */
export function addSegment(record, filetype) {
  const segment = {
    session: crypto.randomUUID(),
    segment: 1 + Math.max(0, ...record.segments.map((one) => one.segment)),
    filetype, url: null, bytes: 0, seq: 0, recordedMs: 0, ended: false, done: false,
  };
  record.segments.push(segment);
  return segment;
}

/** Add what the server knows of the same take and this browser does not: sessions on another device. */
export function mergeServer(record, unfinished) {
  for (const theirs of unfinished.segments) {
    const ours = record.segments.find((one) => one.segment === theirs.segment);
    if (ours) {
      ours.bytes = Math.max(ours.bytes, theirs.offset);
      ours.recordedMs = Math.max(ours.recordedMs, theirs.recorded_ms);
      continue;
    }
    record.segments.push({
      session: `server-${theirs.segment}`, segment: theirs.segment, filetype: "", url: theirs.upload_url,
      bytes: theirs.offset, seq: 0, recordedMs: theirs.recorded_ms, ended: true, done: theirs.length === theirs.offset,
    });
  }
  record.segments.sort((a, b) => a.segment - b.segment);
  return record;
}

/** Recorded milliseconds of all sessions. */
export function recordedMs(record) {
  return record.segments.reduce((sum, one) => sum + one.recordedMs, 0);
}

/** Bytes recorded in all sessions. */
export function bytes(record) {
  return record.segments.reduce((sum, one) => sum + one.bytes, 0);
}

/** What the server is told at the end. */
export function stopReport(record) {
  return {
    reason: record.stop.reason,
    recorded_ms: Math.round(recordedMs(record)),
    segments: record.segments.filter((one) => one.bytes > 0).map((one) => (
      { segment: one.segment, bytes: one.bytes, recorded_ms: Math.round(one.recordedMs) })),
  };
}
