// After a step that saved something, focuses the heading of the page that it led to, so that a screen reader and Tab begin
// there. On all other pages the focus stays where the browser puts it.

/** Focus the heading if the page confirms what the previous form of a candidate saved. */
export function focusNextStep() {
  if (!document.querySelector("[data-focus-heading]")) return;
  document.querySelector("h1")?.focus();
}
