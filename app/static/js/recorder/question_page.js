// The part of the question page that is needed before a recording can begin. question_parts.js has the rest.

import { AnswerSink } from "./answer_sink.js";
import { completeLater } from "./loading.js";
import { openStore } from "./part_store.js";
import { after } from "./patience.js";
import { TabLock } from "./tabs.js";
import { wire } from "./wire.js";
import { page } from "./words.js";

const SHOW_MS = 3000; // how long the recorder stays hidden at most, while it is unknown what to offer

/** Show the recorder, and load the modules that are needed after a recording. */
export async function beginQuestion() {
  const store = await openStore();
  const sink = new AnswerSink(page, store);
  const records = store.records(page.owner);
  const recorder = wire(sink, { tabs: new TabLock(`fairtake-question-${page.owner}-${page.question}`) });
  completeLater(recorder, ({ complete }) => complete({ recorder, sink, store, records }));

  // Show the recorder only when it is known what to offer, so that nobody presses Start too early. Do not wait for a
  // slow store.
  const show = () => recorder.show();
  after(SHOW_MS, show);
  if (!(await records).length && !page.unfinished) show();
}
