// Changes of captions {start, end, text}. Each function returns a new list and leaves the given list unchanged.

import { readTime, writeTime } from "../clock_time.js";

const SHORTEST_LEFT_MS = 100;

/**
 * Split the caption at an index at the caret, or in the middle. Returns null if it cannot be split.
 * @param {readonly Caption[]} captions
 * @param {number} index
 * @param {number} caret
 */
export function split(captions, index, caret) {
  const { start, end, text } = captions[index];
  const [first, rest] = halves(text, caret);
  const [from, to] = [readTime(start), readTime(end)];
  if (!first || !rest || from === null || to === null || to - from < 2) return null;
  const at = writeTime(from + Math.max(1, Math.floor(((to - from) * first.length) / (first.length + rest.length))));
  return spliced(captions, index, 1, { start, end: at, text: first }, { start: at, end, text: rest });
}

/**
 * Merge the caption at an index with the next one. Returns null for the last caption.
 * @param {readonly Caption[]} captions
 * @param {number} index
 */
export function merge(captions, index) {
  const [one, two] = captions.slice(index, index + 2);
  return two ? spliced(captions, index, 2, { start: one.start, end: two.end, text: `${one.text}\n${two.text}`.trim() }) : null;
}

/**
 * Add an empty caption after another one. It ends after two seconds, or when the next caption starts.
 * @param {readonly Caption[]} captions
 * @param {number} index
 */
export function addAfter(captions, index) {
  const start = (captions[index] && readTime(captions[index].end)) ?? 0;
  const next = captions[index + 1] ? readTime(captions[index + 1].start) : null;
  const end = next !== null && next > start ? Math.min(start + 2000, next) : start + 2000;
  return spliced(captions, index + 1, 0, { start: writeTime(start), end: writeTime(end), text: "" });
}

/**
 * Move the start or end of a caption to a time. If the neighbour shares this edge, its edge moves too.
 * @param {readonly Caption[]} captions
 * @param {number} index
 * @param {"start" | "end"} edge
 * @param {number} ms
 */
export function moveEdge(captions, index, edge, ms) {
  const moved = captions.map((caption) => ({ ...caption }));
  const one = moved[index];
  const beside = moved[index + (edge === "end" ? 1 : -1)];
  const other = edge === "end" ? "start" : "end";
  const isShared = beside && beside[other] === one[edge];
  const before = edge === "end" ? one.start : isShared ? beside.start : null; // the limits of the move
  const after = edge === "start" ? one.end : isShared ? beside.end : null;
  const low = before === null ? 0 : (readTime(before) ?? 0) + SHORTEST_LEFT_MS;
  const high = after === null ? Infinity : (readTime(after) ?? Infinity) - SHORTEST_LEFT_MS;
  one[edge] = writeTime(Math.max(0, low, Math.min(ms, high)));
  if (isShared) beside[other] = one[edge];
  return moved;
}

/**
 * Replace text in all captions, ignoring case. With `from`, replace only the first match, searching from that caption
 * on. Returns [captions, number of replacements, index of the last changed caption].
 * @param {readonly Caption[]} captions
 * @param {string} find
 * @param {string} replacement
 * @param {number | null} from
 * @returns {[Caption[], number, number]}
 */
export function replaceText(captions, find, replacement, from = null) {
  if (!find) return [[...captions], 0, -1];
  const pattern = new RegExp(find.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), from === null ? "giu" : "iu");
  const order = captions.map((_, place) => (place + (from ?? 0)) % captions.length);
  const changed = [...captions];
  let count = 0;
  let index = -1;
  for (const place of order) {
    if (from !== null && count) break;
    const text = captions[place].text.replace(pattern, () => {
      count += 1;
      index = place;
      return replacement;
    });
    changed[place] = { ...captions[place], text };
  }
  return [changed, count, index];
}

/**
 * Remove the caption at an index.
 * @param {readonly Caption[]} captions
 * @param {number} index
 */
export function remove(captions, index) {
  return spliced(captions, index, 1);
}

/**
 * Do the same as Array.prototype.toSpliced, which browsers before 2023 do not support.
 * @param {readonly Caption[]} list
 * @param {number} index
 * @param {number} count
 * @param {Caption[]} made
 */
function spliced(list, index, count, ...made) {
  return [...list.slice(0, index), ...made, ...list.slice(index + count)];
}

/**
 * @param {string} text
 * @param {number} caret
 */
function halves(text, caret) {
  const at = (/** @type {number} */ place) => [text.slice(0, place).trim(), text.slice(place).trim()];
  if (caret > 0 && caret < text.length) return at(caret);
  const line = text.trim().indexOf("\n");
  if (line > 0) return [text.trim().slice(0, line).trim(), text.trim().slice(line).trim()];
  const words = text.split(/\s+/).filter(Boolean);
  const middle = Math.ceil(words.length / 2);
  return [words.slice(0, middle).join(" "), words.slice(middle).join(" ")];
}
