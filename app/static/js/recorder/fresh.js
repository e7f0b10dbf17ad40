// Brings parts of the page again once something has arrived, so that what they say of it stays true.

import { request } from "./server.js";

/** Replace what is in the elements of these selectors by what the server says now; what has the focus in it stays. */
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
