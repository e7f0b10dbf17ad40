// On the other pages of the journey: finishes the uploads of a question page that was left, and says how they stand.

import { offerHeld } from "./held_loader.js";
import { openStore } from "./part_store.js";
import { findUnfinished } from "./take_record.js";
import { TakeUpload } from "./take_upload.js";
import { UploadStatus } from "./upload_status.js";
import { page } from "./words.js";

async function begin() {
  const store = await openStore();
  const { toFinish } = await findUnfinished({ owner: page.owner, question: null, unfinished: null }, store);
  if (!toFinish.length) return;
  const status = new UploadStatus(document.getElementById("upload"));
  const uploads = [];
  const report = () => {
    status.update(uploads);
    held(uploads);
  };
  const add = (record) => uploads[uploads.push(new TakeUpload(record, { store, page, report })) - 1];
  const held = offerHeld({ store, page, adopt: (record) => add(record).run() });
  toFinish.forEach(add);
  status.restart(uploads);
  for (const upload of [...uploads]) upload.run();
}

begin();
