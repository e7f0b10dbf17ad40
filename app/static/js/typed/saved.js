// Deletes the kept work of forms that the server has saved since the last page.

import { forgetSaved } from "./kept.js";

/** Delete the kept work of the forms that the page reports as saved. */
export function forgetSavedForms() {
  const { savedForms } = document.body.dataset;
  if (savedForms) forgetSaved(savedForms.split(" "));
}
