// Creates the list of refused recordings when there is one. Most users never see it.

import { HeldList } from "./held.js";

/** Return a function to call with all uploads of the page whenever one changes. */
export function offerHeld(options) {
  let list = null;
  return (uploads) => {
    if (!uploads.some((upload) => upload.isHeld(options.page.question))) return;
    list ??= new HeldList(document.getElementById("held"), options);
    list.update(uploads);
  };
}
