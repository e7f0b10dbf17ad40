// Loaded where the server has saved forms since the last page: this browser forgets what it kept of them.

import { forgetSaved } from "./kept.js";

forgetSaved(document.body.dataset.savedForms.split(" "));
