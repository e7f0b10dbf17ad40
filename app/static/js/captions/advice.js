// Advice on captions that are hard to read, shown while the user types. The thresholds and texts come from the server
// (captions/wording.py).

import { readTime } from "../clock_time.js";

/**
 * Return the advice on a caption {start, end, text}. The list is empty if its times cannot be read.
 * @param {Caption} caption
 * @param {{fast: number, line: number, lines: number, shortest: number, longest: number, end: number | null}} bars
 * @param {Record<string, string>} templates
 */
export function adviceOn(caption, bars, templates) {
  const start = readTime(caption.start);
  const end = readTime(caption.end);
  const lines = caption.text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  if (start === null || end === null || end <= start || !lines.length) return [];
  const speed = ([...lines.join("\n")].length * 1000) / (end - start);
  const longest = Math.max(...lines.map((line) => [...line].length));
  const seconds = ((end - start) / 1000).toFixed(1);
  /** @type {[string, number | string, boolean][]} */
  const found = [
    ["fast", Math.round(speed), speed > bars.fast],
    ["long line", longest, longest > bars.line],
    ["many lines", lines.length, lines.length > bars.lines],
    ["short", seconds, end - start < bars.shortest],
    ["long", seconds, end - start > bars.longest],
    ["after end", "", bars.end !== null && start >= bars.end],
  ];
  return found.filter(([, , isSo]) => isSo).map(([name, number]) => templates[name].replace("{n}", String(number)));
}
