// Makes the list of recordings that the server refused where there is something in it; most people never see it.

import { HeldList } from "./held.js";

/** Return a function that is given all uploads of the page at every change of one. */
export function offerHeld(options) {
  let list = null;
  return (uploads) => {
    if (!uploads.some((upload) => upload.isHeld(options.page.question))) return;
    list ??= new HeldList(document.getElementById("held"), options);
    list.update(uploads);
  };
}
