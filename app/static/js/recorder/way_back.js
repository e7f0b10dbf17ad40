// On the page of an invitation link after sending: shows the way back where this browser still holds something of the answers.

import { openStore } from "./part_store.js";
import { bytes, unsentMs } from "./take_record.js";
import { page, text, words } from "./words.js";

async function begin() {
  const box = document.getElementById("rest");
  const store = await openStore();
  const held = (await store.records(page.owner)).filter((record) => bytes(record) > 0);
  const ms = held.reduce((sum, { segments }) => sum + unsentMs(segments), 0);
  const length = box.querySelector("[data-rest=length]");
  if (ms > 0) Object.assign(length, { textContent: text("rest_length", { length: words(Math.max(1000, ms)) }), hidden: false });
  box.hidden = !held.length;
}

begin();
