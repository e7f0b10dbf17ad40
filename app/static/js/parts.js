// Starts the parts of a page's script.

/**
 * Call each function. An error in one of them stops neither the others nor the script of the page.
 * @param {(() => void)[]} parts
 */
export function beginParts(parts) {
  for (const begin of parts) {
    try {
      begin();
    } catch (error) {
      reportError(error);
    }
  }
}
