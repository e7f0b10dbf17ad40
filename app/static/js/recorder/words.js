// What the page tells its scripts, one JSON data block with every string already translated, and lengths of time
// for ears ("1 minute 12 seconds"), in the language of the page.

const block = document.getElementById("recorder-data");

/** @type {PageData} */
export const page = block ? JSON.parse(block.textContent ?? "") : {};

/**
 * The page's text of that name, its {placeholders} filled.
 * @param {string} name
 * @param {Record<string, string | number>} values
 */
export function text(name, values = {}) {
  return page.strings[name].replace(/\{(\w+)\}/g, (whole, key) => String(values[key] ?? whole));
}

const UNITS = { hour: 3600, minute: 60, second: 1 };

function language() {
  return `${document.documentElement.lang || "en"}-u-nu-latn`; // digits as the page writes them
}

/**
 * @param {number} count
 * @param {string} unit
 */
function amount(count, unit) {
  return new Intl.NumberFormat(language(), { style: "unit", unit, unitDisplay: "long" }).format(count);
}

/**
 * Milliseconds as words, whole seconds, without units that are zero.
 * @param {number} ms
 */
export function words(ms) {
  let rest = Math.max(0, Math.floor(ms / 1000));
  const said = [];
  for (const [unit, seconds] of Object.entries(UNITS)) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count) said.push(amount(count, unit));
  }
  if (!said.length) return amount(0, "second");
  return new Intl.ListFormat(language(), { type: "unit", style: "narrow" }).format(said);
}

/** How much of a recording went with the page that recorded it, said in seconds; nothing for less than half of one. */
export function lostWords(ms = 0, name = "offer_lost") {
  const seconds = Math.round(ms / 1000);
  return seconds > 0 ? text(name, { length: words(1000 * seconds) }) : "";
}
