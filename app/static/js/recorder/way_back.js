// On the page of an invitation link after sending, shows a link back if this browser still holds a recording.
// Recordings for an answer that is still open can be sent; all others can be downloaded on the page that the button
// opens.

import { openStore } from "./part_store.js";
import { bytes, canArrive, unsentMs } from "./unfinished.js";
import { page, text, words } from "./words.js";

/** Show a box if there are records for it, with the length of the recordings that the server has not confirmed. */
function show(id, records) {
  const box = document.getElementById(id);
  const ms = records.reduce((sum, { segments }) => sum + unsentMs(segments), 0);
  const length = box.querySelector("[data-rest=length]");
  if (ms > 0) Object.assign(length, { textContent: text(`${id}_length`, { length: words(Math.max(1000, ms)) }), hidden: false });
  box.hidden = !records.length;
}

async function begin() {
  const store = await openStore();
  const held = (await store.records(page.owner)).filter((record) => bytes(record) > 0);
  document.getElementById("unread").hidden = !store.isUnread;
  show(
    "rest",
    held.filter((record) => canArrive(page, record)),
  );
  show(
    "closed",
    held.filter((record) => !canArrive(page, record)),
  );
}

begin();
