// Finishes the uploads of an earlier question page on the candidate's other pages, and shows their progress.

import { elsewhere, isPending, showComing } from "./coming.js";
import { bringAgain } from "./fresh.js";
import { offerHeld } from "./held_loader.js";
import { openStore } from "./part_store.js";
import { Sending } from "./sending.js";
import { TakeUpload } from "./take_upload.js";
import { canArrive, findUnfinished } from "./unfinished.js";
import { UploadStatus } from "./upload_status.js";
import { page } from "./words.js";

const AGAIN = [".page-header", "#tasks"]; // elements that describe the answers, if the page has them

async function begin() {
  const coming = document.getElementById("coming");
  /** @type {HTMLFormElement} */
  const form = document.querySelector("form#send");
  const store = await openStore();
  const { toFinish } = await findUnfinished({ owner: page.owner, stopped: page.stopped, question: null, unfinished: null }, store);
  const isMissing = store.isDurable || page.coming?.length; // without a store, only if the server expects more data
  if (store.isUnread && isMissing) return new UploadStatus(document.getElementById("upload")).unread();
  const uploads = [];
  showComing(
    coming,
    page,
    toFinish.map((record) => ({ record, state: "sending" })),
  );
  if (!toFinish.length) return;
  const status = new UploadStatus(document.getElementById("upload"), { isAll: () => !elsewhere(page, uploads).length });
  const sending = form && new Sending(form, uploads);
  const arriving = () => uploads.filter(({ record }) => canArrive(page, record));
  let pending = 0;
  const report = () => {
    status.update(arriving());
    showComing(coming, page, uploads);
    held(uploads);
    const left = uploads.filter(isPending).length;
    if (left < pending) bringAgain(form ? AGAIN : [...AGAIN, "#sending"]);
    pending = left;
    sending?.update();
  };
  const add = (record) => uploads[uploads.push(new TakeUpload(record, { store, page, report })) - 1];
  const held = offerHeld({ store, page, adopt: (record) => add(record).run() });
  toFinish.forEach(add);
  pending = uploads.filter(isPending).length;
  status.restart(arriving());
  for (const upload of [...uploads]) upload.run();
}

begin();
