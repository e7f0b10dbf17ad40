// The part of the question page that is needed after its recorder is shown: it uploads takes, continues takes from an
// earlier page or another device, and updates the list of takes.

import { playTogether } from "./beside.js";
import { offerHeld } from "./held_loader.js";
import { watchLeaving } from "./leaving.js";
import { showFirstPicture, watchQuestionMedia } from "./question_media.js";
import { isSilent } from "./silence.js";
import { refresh, watchTakes } from "./take_list.js";
import { startThinking } from "./thinking.js";
import { findUnfinished } from "./unfinished.js";
import { UploadStatus } from "./upload_status.js";
import { page, text } from "./words.js";

const STOP_MS = 15_000; // how long "Keep" waits for the server to confirm the stop

const told = new Map(); // take id -> the last change that was shown in the list

/** Update the list if a take was stopped or has arrived since the last call. */
function refreshOnNews(uploads) {
  for (const { record, state } of uploads) {
    const news = state === "done" ? "done" : record.stop?.sent ? "stopped" : "";
    if (news && told.get(record.take) !== news) refresh();
    told.set(record.take, news);
  }
}

/** Update the form token, which may have been renewed since the page was loaded. */
function freshenToken({ target }) {
  if (target.elements.csrf_token) target.elements.csrf_token.value = page.csrf;
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

/** Offer or upload what an earlier page or another device has recorded, or begin the thinking time. */
async function goOn({ recorder, sink, store, records, status, show }) {
  const { toFinish, offer, isElsewhere } = await findUnfinished(page, { records: () => records });
  show();
  for (const record of toFinish) sink.finish(record);
  if (toFinish.length) status.restart([...sink.uploads.values()]);
  if (recorder.state.phase === "idle") {
    if (store.isUnread && (store.isDurable || page.unfinished)) tellProblem(recorder, "unread");
    if (isElsewhere) tellProblem(recorder, "elsewhere");
  }
  if (offer) recorder.recover(offer);
  else if (!isSilent()) startThinking(recorder);
  showFirstPicture();
}

/** Complete the page. `records` is a promise of this candidate's records in the store. `show()` shows the recorder. */
export function complete({ recorder, sink, store, records, show }) {
  const status = new UploadStatus(document.getElementById("upload"), { isDurable: () => store.isDurable });
  const held = offerHeld({ store, page, adopt: (record) => sink.finish(record) });
  sink.onLimit = (seconds) => recorder.lengthen(seconds);
  sink.report = (uploads) => {
    status.update(uploads);
    refreshOnNews(uploads);
    held(uploads);
  };
  recorder.onEnd = () => {
    const uploads = [...sink.uploads.values()];
    status.restart(uploads);
    held(uploads);
    refresh(); // the list was not updated during capture
  };
  keepWhenStopped(document.getElementById("keep-form"), sink);
  watchLeaving(recorder, document.getElementById("leaving"));
  addEventListener("beforeunload", (event) => {
    const isOpen = [...sink.uploads.values()].some(({ state, progress }) => state !== "done" && progress.total > progress.sent);
    if (isOpen && !store.isDurable) event.preventDefault(); // the parts are only in memory, so ask before leaving
  });
  document.addEventListener("submit", freshenToken);
  watchTakes();
  watchQuestionMedia();
  playTogether();
  goOn({ recorder, sink, store, records, status, show });
}
