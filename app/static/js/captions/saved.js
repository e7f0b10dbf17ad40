// A version has been saved: what was kept of it in this tab is not needed any more.

import { forget } from "./kept.js";

const saved = document.querySelector("[data-saved-take]");
if (saved) forget(saved.dataset.savedTake);
