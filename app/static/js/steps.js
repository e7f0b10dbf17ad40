// Each page of a candidate begins at its heading or at the problem that it tells (`autofocus`, app/pages.py).

/** Set that focus in browsers that know `autofocus` only for form fields. */
export function focusNextStep() {
  if ("autofocus" in HTMLElement.prototype || document.querySelector(":target")) return;
  /** @type {HTMLElement | null} */ (document.querySelector("main [autofocus]"))?.focus();
}
