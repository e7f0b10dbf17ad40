// From one step of the candidate's way to the next: the heading of the new page gets the focus, so that a screen reader
// begins there and Tab goes on from there. A page that was loaded by itself, or again, is left as browsers have it.

const KEY = "fairtake-step";
const FRESH_MS = 60_000; // a slow line; after that the next page is no answer to the press

/** Whether a click leads to another page of ours in this tab. */
function isStep({ target, defaultPrevented, button, ctrlKey, metaKey, shiftKey }) {
  const link = target.closest?.("a[href]");
  if (!link || defaultPrevented || button || ctrlKey || metaKey || shiftKey) return false;
  return link.origin === location.origin && link.pathname !== location.pathname && !link.target && !link.hasAttribute("download");
}

/** @param {() => string | null | void} act */
function inStorage(act) {
  try {
    return act();
  } catch {
    return null; // storage is blocked: the focus stays where the browser puts it
  }
}

/** Watch the presses that lead to the next step, and focus the heading of a page that one has led to. */
export function watchSteps() {
  const main = document.querySelector("main[data-steps]");
  const pressedAt = Number(inStorage(() => sessionStorage.getItem(KEY)));
  inStorage(() => sessionStorage.removeItem(KEY));
  if (!main) return;
  const leave = () => inStorage(() => sessionStorage.setItem(KEY, String(Date.now())));
  document.addEventListener("click", (event) => isStep(event) && leave());
  document.addEventListener("submit", (event) => event.defaultPrevented || leave());
  const [visit] = performance.getEntriesByType("navigation");
  const isNews = Date.now() - pressedAt < FRESH_MS && /** @type {any} */ (visit)?.type === "navigate";
  if (isNews && !location.hash && !document.querySelector(".error-summary")) main.querySelector("h1")?.focus();
}
