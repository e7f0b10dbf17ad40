// The question page: records, uploads, and goes on with what an earlier page or another device left.

import { AnswerSink } from "./answer_sink.js";
import { startThinking } from "./before.js";
import { openStore } from "./part_store.js";
import { findUnfinished } from "./take_record.js";
import { refresh, refreshOnNews } from "./takes_list.js";
import { UploadStatus } from "./upload_status.js";
import { wire } from "./wire.js";
import { page, text } from "./words.js";

async function begin() {
  const store = await openStore();
  let recorder = null;
  const status = new UploadStatus(document.getElementById("upload"), { isDurable: () => store.isDurable });
  const sink = new AnswerSink(page, store, {
    report: (uploads) => {
      status.update(uploads);
      refreshOnNews(uploads);
    },
    onLimit: (seconds) => recorder?.lengthen(seconds),
  });
  recorder = wire(sink, () => {
    status.restart([...sink.uploads.values()]);
    refresh(); // the list was not touched while capture ran
  });
  addEventListener("beforeunload", (event) => {
    const isOpen = [...sink.uploads.values()].some(({ state, progress }) => state !== "done" && progress.total > progress.sent);
    if (isOpen && !store.isDurable) event.preventDefault(); // memory is all there is: ask before it goes
  });

  const { toFinish, offer, isElsewhere } = await findUnfinished(page, store);
  for (const record of toFinish) sink.adopt(record);
  if (toFinish.length) status.restart([...sink.uploads.values()]);
  if (isElsewhere) recorder.view.problem({ title: text("elsewhere_title"), text: text("elsewhere") });
  if (offer) recorder.recover(offer);
  else startThinking(recorder);
}

begin();
