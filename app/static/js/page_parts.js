// Those parts of pages/site.js that pages without forms and htmx have elements for (tests/page_check.py).

import "./busy.js";
import { arrive } from "./arrival.js";
import { beginParts } from "./parts.js";
import { watchPictures } from "./picture.js";
import { focusNextStep } from "./steps.js";
import { forgetSavedForms } from "./typed/saved.js";

/** Begin these parts. */
export function beginPageParts() {
  arrive(document);
  beginParts([forgetSavedForms, watchPictures, focusNextStep]);
}
