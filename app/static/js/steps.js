// Focuses the heading of a candidate's page that another of their pages has led to, so that a screen reader and Tab begin
// there. On a page that was opened by its address, or reloaded, the focus stays where the browser puts it.

const KEY = "fairtake-step";
const FRESH_MS = 60_000; // a slow connection; after this the page was not opened by the press

/** Whether a click leads to another page of this site in this tab. */
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

/** Watch the presses that lead to the next step, and focus the heading if one has led to this page. */
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
