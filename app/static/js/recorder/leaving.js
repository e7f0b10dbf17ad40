// Asks before the user leaves the page during a recording, for links, forms and the browser itself. Recording pauses
// while the question is shown, because a screen reader reads it aloud. Everything recorded is stored before the page
// closes.

import { text, words } from "./words.js";

/** Return the link if a click would leave this page in this tab, otherwise null. */
function leavingLink(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return null;
  const isHere = link.hash && link.href.split("#")[0] === location.href.split("#")[0];
  return isHere || link.hasAttribute("download") || ["", "_self"].includes(link.target) === false ? null : link;
}

/** Ask before the page is left while `recorder` is recording. */
export function watchLeaving(recorder, dialog) {
  let isAllowed = false;

  async function ask(event, leave) {
    if (isAllowed || !recorder.isHolding) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    await recorder.hold();
    dialog.querySelector("p").textContent = text("leaving_text", { length: words(recorder.time.elapsed()) });
    dialog.returnValue = "";
    dialog.showModal();
    await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
    if (dialog.returnValue !== "leave") return;
    await recorder.interrupt("left");
    isAllowed = true;
    leave();
    isAllowed = false;
  }

  document.addEventListener(
    "click",
    (event) => {
      const link = leavingLink(event);
      if (link) ask(event, () => link.click());
    },
    true,
  );
  document.addEventListener(
    "submit",
    (event) => {
      const { submitter } = event;
      const form = /** @type {HTMLFormElement} */ (event.target);
      if (form.method !== "dialog") ask(event, () => form.requestSubmit(submitter));
    },
    true,
  );
  addEventListener("beforeunload", (event) => {
    if (isAllowed || !recorder.isHolding) return;
    recorder.hold();
    event.preventDefault();
  });
}
