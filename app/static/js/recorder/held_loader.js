// Loads held.js where there is something that the server refused; most people never need it.

/** Return a function that is given all uploads of the page at every change of one. */
export function offerHeld(options) {
  let list = null;
  return async (uploads) => {
    if (!uploads.some((upload) => upload.isHeld(options.page.question))) return;
    list ??= import("./held.js").then(({ HeldList }) => new HeldList(document.getElementById("held"), options));
    (await list).update(uploads);
  };
}
