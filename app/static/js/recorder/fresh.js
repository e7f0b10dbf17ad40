// Loads a page again, and updates parts of this page after something has arrived, so that their texts are current.

import { request } from "./server.js";

/** Return the page at this address as a document, or null if it could not be loaded. */
export async function fetchPage(address = location.href) {
  const html = await request(address, { headers: { Accept: "text/html" } }, (answer) => answer.text()).catch(() => "");
  return html ? new DOMParser().parseFromString(html, "text/html") : null;
}

/**
 * Replace the content of an element. A heading in it that has the focus stays, so that a screen reader does not read it
 * again. The element does not change if anything else in it has the focus.
 * @param {Element} old
 * @param {Element} now
 */
function renew(old, now) {
  const focused = old.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
  if (!focused) return old.replaceChildren(...now.childNodes);
  const heading = [...now.children].find((one) => one.localName === "h1");
  if (focused.localName !== "h1" || focused.parentElement !== old || !heading) return;
  for (const child of [...old.childNodes]) if (child !== focused) child.remove();
  const nodes = [...now.childNodes];
  const place = nodes.indexOf(heading);
  focused.before(...nodes.slice(0, place));
  focused.after(...nodes.slice(place + 1));
  if (focused.innerHTML !== heading.innerHTML) focused.replaceChildren(...heading.childNodes);
}

/** Replace the content of these elements with the current version from the server, except where the person is. */
export async function bringAgain(selectors) {
  const fresh = await fetchPage();
  if (!fresh) return;
  for (const selector of selectors) {
    const [old, now] = [document.querySelector(selector), fresh.querySelector(selector)];
    if (old && now && old.innerHTML !== now.innerHTML) renew(old, now);
  }
}
