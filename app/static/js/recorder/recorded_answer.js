// The third part of the script of a question page (loading.js): it stores and uploads takes, and continues takes from an
// earlier page or another device. It imports only modules that the first part has too, so that each exists once.

import { AnswerSink } from "./answer_sink.js";
import { offerHeld } from "./held_loader.js";
import { watchLeaving } from "./leaving.js";
import { openStore } from "./part_store.js";
import { isSilent } from "./silence.js";
import { findUnfinished } from "./unfinished.js";
import { UploadStatus } from "./upload_status.js";
import { page, text } from "./words.js";

const STOP_MS = 15_000; // how long "Keep" waits for the server to confirm the stop

const told = new Map(); // take id -> the last change that was shown in the list

/** Update the list if a take was stopped or has arrived since the last call. */
function refreshOnNews(uploads, refresh) {
  for (const { record, state } of uploads) {
    const news = state === "done" ? "done" : record.stop?.sent ? "stopped" : "";
    if (news && told.get(record.take) !== news) refresh();
    told.set(record.take, news);
  }
}

/**
 * Let "Keep" wait until the server knows that the take was stopped. Before this, the server may not have a take that
 * can be kept.
 */
function keepWhenStopped(form, sink) {
  form.addEventListener("submit", async (event) => {
    const { submitter } = event;
    const upload = [...sink.uploads.values()].find(({ record }) => form.action.endsWith(`/${record.take}/keep`));
    if (!upload?.record.stop || upload.record.stop.sent || "waited" in form.dataset) return;
    event.preventDefault();
    if (submitter?.getAttribute("aria-disabled")) return;
    submitter?.setAttribute("aria-disabled", "true");
    await upload.whenStopped(STOP_MS);
    submitter?.removeAttribute("aria-disabled");
    form.dataset.waited = "";
    form.requestSubmit(submitter);
    delete form.dataset.waited;
  });
}

function tellProblem({ view }, name) {
  view.problem({ title: text(`${name}_title`), text: text(name) });
}

/** Offer or upload what an earlier page or another device has recorded. Calls `onNothing()` if there is nothing to offer. */
async function goOn({ recorder, sink, store, records, status, show, onNothing }) {
  const { toFinish, offer, isElsewhere } = await findUnfinished(page, { records: () => records });
  show();
  for (const record of toFinish) sink.finish(record);
  if (toFinish.length) status.restart([...sink.uploads.values()]);
  if (recorder.state.phase === "idle") {
    if (store.isUnread && (store.isDurable || page.unfinished)) tellProblem(recorder, "unread");
    if (isElsewhere) tellProblem(recorder, "elsewhere");
  }
  if (offer) recorder.recover(offer);
  else if (!isSilent()) onNothing();
}

/**
 * Give the recorder its sink, and complete the page. `refresh()` updates the list of takes, `show()` shows the recorder,
 * and `onNothing()` is called if there is nothing to continue. Resolves with the sink.
 */
export async function begin({ recorder, refresh, show, onNothing }) {
  const store = await openStore();
  const records = store.records(page.owner);
  const sink = new AnswerSink(page, store);
  recorder.sink = sink;
  const status = new UploadStatus(document.getElementById("upload"), { isDurable: () => store.isDurable });
  const held = offerHeld({ store, page, adopt: (record) => sink.finish(record) });
  sink.onLimit = (seconds) => recorder.lengthen(seconds);
  sink.report = (uploads) => {
    status.update(uploads);
    refreshOnNews(uploads, refresh);
    held(uploads);
  };
  recorder.onEnd = () => {
    const uploads = [...sink.uploads.values()];
    status.restart(uploads);
    held(uploads);
    refresh(); // the list was not updated during capture
  };
  watchLeaving(recorder, document.getElementById("leaving"));
  keepWhenStopped(document.getElementById("keep-form"), sink);
  addEventListener("beforeunload", (event) => {
    const isOpen = [...sink.uploads.values()].some(({ state, progress }) => state !== "done" && progress.total > progress.sent);
    if (isOpen && !store.isDurable) event.preventDefault(); // the parts are only in memory, so ask before leaving
  });
  goOn({ recorder, sink, store, records, status, show, onNothing });
  return sink;
}
