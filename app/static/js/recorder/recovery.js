// What an earlier page, or another device, left of this person's answers.

import { mergeServer, newRecord, recordedMs } from "./take_record.js";
import { isHeldElsewhere } from "./take_upload.js";

/** A session whose page has gone will not grow any more. */
function close(record) {
  for (const segment of record.segments) segment.ended = true;
  return record;
}

function fromServer(unfinished, page) {
  return mergeServer(newRecord({ ...unfinished }, { owner: page.owner, question: page.question, kind: unfinished.kind }), unfinished);
}

/**
 * Sort what is in the browser and at the server: `toFinish` are takes to upload without a word from the person;
 * `offer` is a take of this question that was never stopped, or null; `isElsewhere` when another tab records it.
 */
export async function findUnfinished(page, store) {
  const records = await store.records(page.owner);
  const theirs = page.unfinished;
  const found = { toFinish: [], offer: null, isElsewhere: false };
  for (const record of records) {
    if (page.stopped?.includes(record.take)) record.stop ??= { reason: "kept", sent: true }; // on another device
    const isOurs = record.question === page.question && !record.stop;
    if (isOurs && (await isHeldElsewhere(record.take))) {
      found.isElsewhere = true;
      continue;
    }
    close(record);
    if (isOurs && recordedMs(record) > 0 && !found.offer) found.offer = record;
    else found.toFinish.push(record);
  }
  if (!theirs || found.isElsewhere) return found;
  if (!found.offer) found.offer = fromServer(theirs, page);
  else if (found.offer.take === theirs.take_id) Object.assign(mergeServer(found.offer, theirs), { limits: theirs.limits });
  return found;
}
