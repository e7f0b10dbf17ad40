// Format and parse times in a recording as people read and type them. The server does the same (captions/clock.py).
// The tests of both files share the examples in tests/clock_cases.json.

const TIME = /^(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,5})(?:[.,](\d{1,3}))?$/;
const LATEST_MS = 24 * 3_600_000; // no recording is longer
const OTHER_DIGITS = /[\u0660-\u0669\u06f0-\u06f9]/g; // Arabic and Persian

/**
 * Format a time in a recording: 0:07, 12:30, 1:02:03.
 * @param {number} ms
 */
export function clockTime(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const tail = `:${pair(seconds % 60)}`;
  return hours ? `${hours}:${pair(minutes)}${tail}` : `${minutes}${tail}`;
}

/**
 * Format milliseconds for a form field: 0:07.250, 1:02:03.400.
 * @param {number} ms
 */
export function writeTime(ms) {
  const whole = Math.round(ms);
  return `${clockTime(whole)}.${String(whole % 1000).padStart(3, "0")}`;
}

/**
 * Parse a time such as "1:02.5" or "62,5" and return milliseconds. Returns null if the text is not a time, or if the
 * time is later than a recording can be.
 * @param {string} text
 */
export function readTime(text) {
  const match = TIME.exec(text.trim().replace(OTHER_DIGITS, (digit) => String(digit.charCodeAt(0) & 15)));
  if (!match) return null;
  const [, hours, minutes, seconds, part] = match;
  if ((minutes !== undefined && Number(seconds) >= 60) || (hours !== undefined && Number(minutes) >= 60)) return null;
  const whole = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60 + Number(seconds);
  const ms = whole * 1000 + Number((part ?? "0").padEnd(3, "0"));
  return ms <= LATEST_MS ? ms : null;
}

/** @param {number} number */
function pair(number) {
  return String(number).padStart(2, "0");
}
