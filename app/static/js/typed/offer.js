// Offers typed text that was not saved. There may be several versions, such as one from each of two tabs.

import { say } from "../recorder/silence.js";

/** @typedef {import("./kept.js").Version} Version */

/**
 * Offer versions one after another, in the order given. Does nothing if there are none.
 * @param {HTMLElement} box kept_offer() in components/forms.html
 * @param {Version[]} versions
 * @param {{
 *   textOf: (work: any) => string,
 *   restore: (version: Version) => HTMLElement | null | undefined,
 *   discard: (version: Version) => HTMLElement | null | undefined,
 *   describe?: (version: Version) => void,
 * }} actions `restore` and `discard` return the element that gets the focus
 */
export function offerVersions(box, versions, { textOf, restore, discard, describe }) {
  if (!box || !versions.length) return;
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (box.querySelector(name));
  const waiting = [...versions];

  const show = () => {
    const version = waiting[0];
    const number = versions.length - waiting.length + 1;
    describe?.(version);
    part("[data-kept-text]").textContent = textOf(version.work);
    const which = part("[data-kept-which]");
    which.hidden = versions.length < 2;
    which.textContent = wordsOf(which.dataset.keptWhich ?? "", { number, count: versions.length, time: timeOf(version.at) });
    box.hidden = false;
    say([part("[data-kept-words]").textContent, which.hidden ? "" : which.textContent].join(" ").trim(), "kept");
  };
  const answer = (/** @type {typeof restore} */ act, /** @type {boolean} */ isRestored) => {
    const target = act(/** @type {Version} */ (waiting.shift()));
    if (waiting.length) show();
    else box.hidden = true;
    if (isRestored || !waiting.length) target?.focus();
  };
  part("[data-kept-restore]").addEventListener("click", () => answer(restore, true));
  part("[data-kept-discard]").addEventListener("click", () => answer(discard, false));
  show();
}

/**
 * Return the day and time when a version was kept, in the language of the page.
 * @param {number} at
 */
export function timeOf(at) {
  const { lang } = document.documentElement;
  const language = lang === "en" ? "en-GB" : `${lang}-u-nu-latn`;
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(at);
}

/**
 * @param {string} sentence
 * @param {Record<string, any>} values
 */
function wordsOf(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
