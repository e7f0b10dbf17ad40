// After a step that saved something, focuses the heading of the next page, so that a screen reader and Tab begin there.
// On all other pages the browser's focus is not changed.

/** Focus the heading if the page confirms that the candidate's previous form was saved. */
export function focusNextStep() {
  if (!document.querySelector("[data-focus-heading]")) return;
  document.querySelector("h1")?.focus();
}
