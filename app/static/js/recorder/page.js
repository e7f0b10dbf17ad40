// What the page tells its scripts: one JSON data block, with every string already translated.

const block = document.getElementById("recorder-data");

export const page = block ? JSON.parse(block.textContent) : {};

/** The page's text of that name, its {placeholders} filled. */
export function text(name, values = {}) {
  return page.strings[name].replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}
