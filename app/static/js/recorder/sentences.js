// Loads the sentences that a page with a recorder needs only later (app/recording/sentences.py).

import { page } from "./words.js";

/** Load the sentences. Rejects if they do not arrive. */
export async function loadSentences() {
  const answer = await fetch(page.urls.sentences);
  if (!answer.ok) throw new Error(String(answer.status));
  Object.assign(page.strings, await answer.json());
}
