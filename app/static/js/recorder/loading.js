// Loads the second part of the page's script, and its sentences, as soon as the recorder is shown. A recording begins
// only when both have arrived, so that it does not depend on anything that still has to be loaded.

import { after } from "./patience.js";
import { request, ServerError } from "./server.js";
import { delay, rest } from "./waiting.js";
import { page, text } from "./words.js";

const PART = new URL("./later.js", import.meta.url).href;
const WAIT_MS = 20_000; // how long a press of Start waits
const LONGEST_MS = 3000; // between two tries

/**
 * Load both, and retry until it succeeds. Calls `onFailure()` after the first failure.
 * @returns {Promise<typeof import("./later.js")>}
 */
async function load(onFailure) {
  for (let failures = 0; ; failures += 1) {
    try {
      const address = failures ? `${PART}?again=${failures}` : PART; // some browsers never repeat a failed import
      const sentences = request(page.urls.sentences, { cache: "default" }, (response) => response.json());
      const [parts, strings] = await Promise.all([import(address), sentences]);
      Object.assign(page.strings, strings);
      return parts;
    } catch {
      if (!failures) onFailure();
      await rest(Math.min(LONGEST_MS, delay(failures)));
    }
  }
}

/**
 * Equip a recorder with the second part when it has arrived, and then call `complete(parts)`. Report if it does not
 * arrive.
 */
async function equip(recorder, complete) {
  const isIdle = () => recorder.state.phase === "idle";
  let isTold = false;
  const parts = await load(() => {
    isTold = isIdle();
    if (isTold) recorder.view.problem({ title: text("not_loaded_title"), text: text("not_loaded") });
  });
  if (isTold && isIdle()) recorder.view.problem(null);
  recorder.equip(parts);
  parts.rememberSettings(recorder.view);
  complete(parts);
}

/**
 * Load the second part for a recorder. Its `ready()` then resolves when everything has arrived, and rejects with a
 * ServerError if this takes too long.
 */
export function completeLater(recorder, complete = (_parts) => {}) {
  const equipped = equip(recorder, complete);
  recorder.ready = () =>
    new Promise((resolve, reject) => {
      equipped.then(resolve, reject);
      after(WAIT_MS, () => reject(new ServerError("retry")));
    });
}
