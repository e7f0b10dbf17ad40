// Handles new content: announces messages and sets the focus, after a page load or an htmx swap.

import { say } from "./recorder/silence.js";

/** Return all elements that match, including the root. */
export function within(root, selector) {
  return [...(root.matches?.(selector) ? [root] : []), ...root.querySelectorAll(selector)];
}

/**
 * Announce messages and set the focus after a swap or page load. The focus moves only if the user pressed something.
 */
export function arrive(root, { mayFocus = true } = {}) {
  for (const element of within(root, "[data-say]")) say(element.dataset.say, "arrived");
  if (mayFocus) within(root, "[data-focus]")[0]?.focus();
}
