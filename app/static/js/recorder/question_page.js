// The question page: records, uploads, and goes on with what an earlier page or another device left.

import { AnswerSink } from "./answer_sink.js";
import { page, text } from "./page.js";
import { openStore } from "./part_store.js";
import { findUnfinished } from "./recovery.js";
import { say } from "./silence.js";
import { startThinking } from "./thinking.js";
import { UploadStatus } from "./upload_status.js";
import { wire } from "./wire.js";

const told = new Map(); // take -> what the page was last told of it

/** Let the list of takes load itself anew when a take was stopped or has arrived. */
function tellPage(uploads) {
  for (const { record, state } of uploads) {
    const news = state === "done" ? "done" : record.stop?.sent ? "stopped" : "";
    if (news && told.get(record.take) !== news) document.body.dispatchEvent(new CustomEvent("fairtake:changed"));
    told.set(record.take, news);
  }
}

async function begin() {
  const store = await openStore();
  let recorder = null;
  const status = new UploadStatus(document.getElementById("upload"), { isDurable: () => store.isDurable });
  const sink = new AnswerSink(page, store, {
    report: (uploads) => {
      status.update(uploads.values());
      tellPage(uploads.values());
    },
    onLimit: (seconds) => recorder?.lengthen(seconds),
  });
  recorder = wire(sink, () => status.restart(sink.uploads.values()));
  addEventListener("beforeunload", (event) => {
    const isOpen = [...sink.uploads.values()].some(({ state, progress }) => state !== "done" && progress.total > progress.sent);
    if (isOpen && !store.isDurable) event.preventDefault(); // memory is all there is: ask before it goes
  });

  const { toFinish, offer, isElsewhere } = await findUnfinished(page, store);
  for (const record of toFinish) sink.adopt(record);
  if (toFinish.length) status.restart(sink.uploads.values());
  if (isElsewhere) say(text("elsewhere"));
  if (offer) recorder.recover(offer);
  else startThinking(recorder);
}

begin();
