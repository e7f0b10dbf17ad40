// The facts that the browser stores about one take with its parts, so that another page can continue it. types.d.ts
// describes TakeRecord and Segment. unfinished.js has the functions that only uploads need.

/**
 * Return a record for a take that the server has just created.
 * @returns {TakeRecord}
 * @param {{take_id: string, number: number, limits: Limits}} made
 * @param {{owner: string, question: string | null, position?: number, kind: string, recorder?: string}} page
 */
export function newRecord({ take_id, number, limits }, { owner, question, position, kind, recorder }) {
  return { take: take_id, owner, question, position, number, kind, recorder, limits, segments: [], stop: null, touched: Date.now() };
}

/**
 * Add another recorder session. Bytes of two sessions are never appended to each other.
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
 * Return the recorded milliseconds of all sessions.
 * @param {{segments: Segment[]}} record
 */
export function recordedMs(record) {
  return record.segments.reduce((sum, one) => sum + one.recordedMs, 0);
}
