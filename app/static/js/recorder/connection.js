// Measures the upload speed roughly, and chooses a quality that needs at most half of it.

import { request } from "./server.js";

const SIZES = [16 * 1024, 128 * 1024]; // the second size is sent only if the first was sent quickly
const QUICK_MS = 1000;

/**
 * Return the quality for an upload speed in kilobits per second. It uses at most half of the speed.
 * @param {number} kilobits
 */
export function qualityFor(kilobits) {
  if (kilobits >= 2500) return "video720";
  return kilobits >= 800 ? "video360" : "audio";
}

/**
 * Return the upload speed in kilobits per second, or null if it cannot be measured.
 * @param {string} url
 * @param {string} csrf
 */
export async function measure(url, csrf) {
  let rate = null;
  for (const size of SIZES) {
    const began = performance.now();
    const headers = { "Content-Type": "application/octet-stream", "X-CSRFToken": csrf };
    try {
      await request(url, { method: "POST", headers, body: crypto.getRandomValues(new Uint8Array(size)), timeoutMs: 20_000 }, () => {});
    } catch {
      return rate;
    }
    const took = Math.max(1, performance.now() - began);
    rate = Math.round((size * 8) / took);
    if (took > QUICK_MS) break;
  }
  return rate;
}
