// Loads the second part of the page's script, and its sentences.

import { loadSentences } from "./sentences.js";
import { delay, rest } from "./waiting.js";

const PART = new URL("./later.js", import.meta.url).href;
const LONGEST_MS = 3000; // between two tries

/**
 * Load both, and repeat this until it succeeds. Calls `onFailure()` after the first failure.
 * @param {() => void} onFailure
 * @returns {Promise<typeof import("./later.js")>}
 */
export async function load(onFailure) {
  for (let failures = 0; ; failures += 1) {
    try {
      const address = failures ? `${PART}?again=${failures}` : PART; // some browsers never repeat a failed import
      const [part] = await Promise.all([import(address), loadSentences()]);
      return part;
    } catch {
      if (!failures) onFailure();
      await rest(Math.min(LONGEST_MS, delay(failures)));
    }
  }
}
