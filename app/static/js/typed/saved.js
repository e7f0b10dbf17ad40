// Where the server has saved forms since the last page, this browser forgets what it kept of them.

import { forgetSaved } from "./kept.js";

/** Forget the forms that the page says were saved. */
export function forgetSavedForms() {
  const { savedForms } = document.body.dataset;
  if (savedForms) forgetSaved(savedForms.split(" "));
}
