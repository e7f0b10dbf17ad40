// The second part of the script of a page with a recorder (loading.js): the recorder, and what the page needs besides.

import { beginPageParts } from "../page_parts.js";
import { beginPractice } from "./practice_page.js";
import { beginQuestion } from "./question_page.js";
import { page } from "./words.js";

beginPageParts();

/**
 * Begin the recorder of the page. `takeOver(recorder)` hands over what the person has pressed before, and `show()` shows
 * the recorder.
 */
export function begin({ takeOver, show }) {
  if (page.mode === "practice") beginPractice({ takeOver });
  else beginQuestion({ takeOver, show });
}
