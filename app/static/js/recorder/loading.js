// Loads the other parts of the page's script, and its sentences.

import { after } from "./patience.js";
import { loadSentences } from "./sentences.js";
import { ServerError } from "./server.js";
import { delay, rest } from "./waiting.js";
import { page } from "./words.js";

const PART = new URL("./later.js", import.meta.url).href;
const ANSWER = new URL("./recorded_answer.js", import.meta.url).href;
const LONGEST_MS = 3000; // between two tries

const ANSWER_MS = 20_000; // how long a press of Start waits for the third part

let missed = 0; // how often the third part did not arrive

/** Return an address that has not failed before, because some browsers never repeat a failed import. */
function address(part, failures) {
  return failures ? `${part}?again=${failures}` : part;
}

/**
 * Load the second part and the sentences, and repeat this until it succeeds. Calls `onFailure()` after the first failure.
 * @param {() => void} onFailure
 * @returns {Promise<typeof import("./later.js")>}
 */
export async function load(onFailure) {
  for (let failures = 0; ; failures += 1) {
    try {
      const [part] = await Promise.all([import(address(PART, failures)), loadSentences()]);
      return part;
    } catch {
      if (!failures) onFailure();
      await rest(Math.min(LONGEST_MS, delay(failures)));
    }
  }
}

/**
 * Load the third part, which stores and sends an answer, and its sentences. Rejects with a ServerError if it does not arrive.
 * @returns {Promise<typeof import("./recorded_answer.js")>}
 */
export async function loadAnswer() {
  try {
    const part = import(address(ANSWER, missed));
    const parts = Promise.all([part, loadSentences(page.urls.upload_sentences)]);
    await new Promise((resolve, reject) => {
      const end = after(ANSWER_MS, reject);
      parts.then(resolve, reject).finally(end);
    });
    return part;
  } catch {
    missed += 1;
    throw new ServerError("retry");
  }
}
