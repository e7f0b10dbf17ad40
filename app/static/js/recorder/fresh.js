// Loads a page again, and updates parts of this page after something has arrived, so that their texts are current.

import { request } from "./server.js";

/** Return the page at this address as a document, or null if it could not be loaded. */
export async function fetchPage(address = location.href) {
  const html = await request(address, { headers: { Accept: "text/html" } }, (answer) => answer.text()).catch(() => "");
  return html ? new DOMParser().parseFromString(html, "text/html") : null;
}

/**
 * Replace the content of these elements with the current version from the server. An element that contains the focus
 * does not change.
 */
export async function bringAgain(selectors) {
  const fresh = await fetchPage();
  if (!fresh) return;
  for (const selector of selectors) {
    const [old, now] = [document.querySelector(selector), fresh.querySelector(selector)];
    if (old && now && !old.contains(document.activeElement) && old.innerHTML !== now.innerHTML) old.replaceChildren(...now.childNodes);
  }
}
