// What every page does, each part only where the page has something for it. A page with a script of its own imports this
// first; a fault in one part stops neither the others nor that script.

import "../app.js";
import { addCopyButtons } from "../copy.js";
import { sayLocalTimes } from "../local_time.js";
import { watchPictures } from "../picture.js";
import { keepForms } from "../typed/forms.js";
import { forgetSavedForms } from "../typed/saved.js";

// What was saved is forgotten before anything that was kept is offered.
for (const begin of [forgetSavedForms, keepForms, addCopyButtons, sayLocalTimes, watchPictures]) {
  try {
    begin();
  } catch (error) {
    reportError(error);
  }
}
