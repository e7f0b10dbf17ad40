// Scripts for all pages. Each part runs only if the page has elements for it. A page with its own script imports this
// file first; an error in one part stops neither the other parts nor that script.

import "../app.js";
import { arrive } from "../arrival.js";
import { addCopyButtons } from "../copy.js";
import { ignoreDoublePresses } from "../double_press.js";
import { sayLocalTimes } from "../local_time.js";
import { beginParts } from "../parts.js";
import { watchPictures } from "../picture.js";
import { focusNextStep } from "../steps.js";
import { keepForms } from "../typed/forms.js";
import { forgetSavedForms } from "../typed/saved.js";

// Saved forms must be forgotten before kept work is offered.
const PARTS = [ignoreDoublePresses, forgetSavedForms, keepForms, addCopyButtons, sayLocalTimes, watchPictures, focusNextStep];

arrive(document);
beginParts(PARTS);
