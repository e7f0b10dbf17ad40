// The data of the page for its scripts, from one JSON block, and durations in words ("1 minute 12 seconds") in the
// page's language. The sentences are in templates/recording/_strings.html.

const block = document.getElementById("recorder-data");

/** @type {PageData} */
export const page = block ? JSON.parse(block.textContent ?? "") : {};

/**
 * Return a translated text with its {placeholders} filled.
 * @param {string} name
 * @param {Record<string, string | number>} values
 */
export function text(name, values = {}) {
  return page.strings[name].replace(/\{(\w+)\}/g, (whole, key) => String(values[key] ?? whole));
}

const UNITS = { hour: 3600, minute: 60, second: 1 };

function language() {
  return `${document.documentElement.lang || "en"}-u-nu-latn`; // the digits that the page uses
}

/**
 * @param {number} count
 * @param {string} unit
 */
function amount(count, unit) {
  return new Intl.NumberFormat(language(), { style: "unit", unit, unitDisplay: "long" }).format(count);
}

/**
 * Return milliseconds as words in whole seconds, without units that are zero.
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

/**
 * Return a sentence about the seconds of a recording that were lost with its page. Empty if less than half a second
 * was lost.
 */
export function lostWords(ms = 0, name = "offer_lost") {
  const seconds = Math.round(ms / 1000);
  return seconds > 0 ? text(name, { length: words(1000 * seconds) }) : "";
}
