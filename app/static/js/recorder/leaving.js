// Leaving the page while something is being recorded: our own links and forms ask first, and so does the browser; what
// is recorded pauses meanwhile, for a screen reader reads the question aloud. What was recorded is in the browser before
// the page goes.

import { text, words } from "./words.js";

/** A click that leaves this page in this tab. */
function leavingLink(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return null;
  const isHere = link.hash && link.href.split("#")[0] === location.href.split("#")[0];
  return isHere || link.hasAttribute("download") || ["", "_self"].includes(link.target) === false ? null : link;
}

/** Ask before the page goes while `recorder` records. */
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
