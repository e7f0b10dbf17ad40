// The question page: its recorder, the lock against other tabs, and what the page needs before anything is recorded. What
// stores and sends an answer (recorded_answer.js) is loaded when the person begins to do something, or at once if there is
// something to send or to continue.

import { playTogether } from "./beside.js";
import { hasRecords } from "./database.js";
import { loadAnswer } from "./loading.js";
import { showFirstPicture, watchQuestionMedia } from "./question_media.js";
import { TabLock } from "./tabs.js";
import { refresh, watchTakes } from "./take_list.js";
import { startThinking } from "./thinking.js";
import { delay, rest as pause } from "./waiting.js";
import { wire } from "./wire.js";
import { page } from "./words.js";

const ACTS = ["pointermove", "pointerdown", "keydown", "wheel", "scroll", "focusin"]; // the person begins to do something

/** Update the form token, which may have been renewed since the page was loaded. */
function freshenToken({ target }) {
  if (target.elements.csrf_token) target.elements.csrf_token.value = page.csrf;
}

/** Call a function at the first sign that somebody is there. */
function onFirstAct(act) {
  const options = { capture: true, passive: true };
  const begin = () => {
    for (const name of ACTS) removeEventListener(name, begin, options);
    act();
  };
  for (const name of ACTS) addEventListener(name, begin, options);
}

/** Begin the recorder of the question page. `show()` shows it. */
export async function beginQuestion({ takeOver, show }) {
  /** @type {Promise<any> | null} */
  let coming = null;
  const bringSink = () => {
    coming ??= loadAnswer().then(({ begin }) => begin({ recorder, refresh, show, onNothing: think }));
    coming.catch(() => (coming = null)); // the next press tries again
    return coming;
  };
  const think = () => startThinking(recorder);
  const recorder = wire(null, { bringSink, tabs: new TabLock(`fairtake-question-${page.owner}-${page.question}`) });
  takeOver(recorder);
  document.addEventListener("submit", freshenToken);
  watchTakes();
  watchQuestionMedia();
  playTogether();
  const isNeeded = page.unfinished || (await hasRecords(page.owner)) !== false;
  if (isNeeded || recorder.state.phase !== "idle") await bringAtLast(bringSink);
  else {
    show();
    think();
    onFirstAct(() => bringSink().catch(() => {}));
  }
  showFirstPicture();
}

/** Repeat this until it succeeds, because there is something to send or to continue. */
async function bringAtLast(bring) {
  for (let failures = 0; ; failures += 1) {
    try {
      return await bring();
    } catch {
      await pause(delay(failures));
    }
  }
}
