// The part of tus 1.0 (https://tus.io/protocols/resumable-upload) that a recorder needs: creation with a length that is
// not known yet, HEAD, PATCH with a checksum, and a length declared with the last part.

import { request, ServerError } from "./server.js";

const VERSION = { "Tus-Resumable": "1.0.0", Accept: "application/json" };
const SLOWEST = 2000; // bytes per second; a slower request counts as stalled

/** @param {string} value */
function base64(value) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(value)));
}

/** @param {Record<string, string | number>} values */
function metadata(values) {
  return Object.entries(values)
    .map(([key, value]) => `${key} ${base64(String(value))}`)
    .join(",");
}

/**
 * Return the limit that the server reports: seconds, null for unlimited, undefined if it reports none.
 * @param {Response} response
 */
function limitOf(response) {
  const value = response.headers.get("Fairtake-Recording-Seconds");
  if (value === null) return undefined;
  return value === "none" ? null : Number(value);
}

/**
 * Return a header that the server always sends. Rejects with a ServerError if a proxy answered in its place.
 * @param {Response} response
 * @param {string} name
 */
function headerOf(response, name) {
  const value = response.headers.get(name);
  if (value === null) throw new ServerError("retry", response.status);
  return value;
}

/**
 * Return the offset of an upload and the limit.
 * @param {Response} response
 */
function placeOf(response) {
  return { offset: Number(headerOf(response, "Upload-Offset")), limit: limitOf(response) };
}

/**
 * Create an upload and return {url, segment}. The same values always give the same upload.
 * @param {string} endpoint
 * @param {{take: string, segment: number, session: string, filetype: string, recorder?: string}} values
 */
export async function createUpload(endpoint, values) {
  const headers = { ...VERSION, "Upload-Defer-Length": "1", "Upload-Metadata": metadata(values) };
  return request(endpoint, { method: "POST", headers }, (response) => ({
    url: new URL(headerOf(response, "Location"), new URL(endpoint, location.href)).href,
    segment: Number(response.headers.get("Fairtake-Segment")) || values.segment,
  }));
}

/**
 * Ask the server for the offset of an upload. Returns {offset, isFinished, limit}.
 * @param {string} url
 */
export async function readOffset(url) {
  return request(url, { method: "HEAD", headers: VERSION }, (response) => {
    const place = placeOf(response);
    return { ...place, isFinished: response.headers.get("Upload-Length") === String(place.offset) };
  });
}

/**
 * Send bytes at an offset, and declare the total length if it is given. Returns {offset, limit} when they are stored.
 * @param {string} url
 * @param {{offset: number, bytes: ArrayBuffer, checksum: string, length?: number | null, recordedMs: number}} part
 */
export async function sendPart(url, { offset, bytes, checksum, length = null, recordedMs }) {
  /** @type {Record<string, string>} */
  const headers = {
    ...VERSION,
    "Content-Type": "application/offset+octet-stream",
    "Upload-Offset": String(offset),
    "Upload-Checksum": checksum,
    "Fairtake-Recorded-Ms": String(Math.round(recordedMs)),
  };
  if (length !== null) headers["Upload-Length"] = String(length);
  const timeoutMs = 30_000 + (1000 * bytes.byteLength) / SLOWEST;
  return request(url, { method: "PATCH", headers, body: bytes, timeoutMs }, placeOf);
}
