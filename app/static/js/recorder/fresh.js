// Updates parts of the page after something has arrived, so that their texts are current.

import { request } from "./server.js";

/**
 * Replace the content of these elements with the current version from the server. An element that contains the focus
 * does not change.
 */
export async function bringAgain(selectors) {
  const answer = await request(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  const html = await answer?.text().catch(() => "");
  if (!html) return;
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const selector of selectors) {
    const [old, now] = [document.querySelector(selector), fresh.querySelector(selector)];
    if (old && now && !old.contains(document.activeElement) && old.innerHTML !== now.innerHTML) old.replaceChildren(...now.childNodes);
  }
}
