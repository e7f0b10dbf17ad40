// The second part of the script of a page with a recorder (loading.js): the modules that are needed after the recorder
// is shown, and the parts of pages/site.js for which the page has elements (tests/page_check.py).

import "../busy.js";
import { arrive } from "../arrival.js";
import { beginParts } from "../parts.js";
import { watchPictures } from "../picture.js";
import { focusNextStep } from "../steps.js";
import { forgetSavedForms } from "../typed/saved.js";

export { SoundWatch } from "./level.js";
export { Playback } from "./playback.js";
export { explain, explainWaiting } from "./problems.js";
export { complete } from "./question_parts.js";
export { rememberSettings } from "./settings.js";

arrive(document);
beginParts([forgetSavedForms, watchPictures, focusNextStep]);
