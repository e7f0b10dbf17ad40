// The question page: its recorder, with what this browser keeps, and the lock against other tabs.

import { AnswerSink } from "./answer_sink.js";
import { openStore } from "./part_store.js";
import { complete } from "./question_parts.js";
import { TabLock } from "./tabs.js";
import { wire } from "./wire.js";
import { page } from "./words.js";

/** Begin the recorder of the question page. `show()` shows it. */
export async function beginQuestion({ takeOver, show }) {
  const store = await openStore();
  const sink = new AnswerSink(page, store);
  const records = store.records(page.owner);
  const recorder = wire(sink, { tabs: new TabLock(`fairtake-question-${page.owner}-${page.question}`) });
  takeOver(recorder);
  complete({ recorder, sink, store, records, show });
}
