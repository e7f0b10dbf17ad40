// Loads the sentences that a page with a recorder needs only later (app/recording/sentences.py).

import { page } from "./words.js";

/** Load a file of sentences. Rejects if it does not arrive. */
export async function loadSentences(address = page.urls.sentences) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(String(answer.status));
  Object.assign(page.strings, await answer.json());
}
