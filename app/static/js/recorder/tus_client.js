// tus 1.0 (https://tus.io/protocols/resumable-upload), the part that a recorder needs: creation with a length
// that is not known yet, HEAD, PATCH with a checksum, and the length declared with the last part.

import { request } from "./server.js";

const VERSION = { "Tus-Resumable": "1.0.0", Accept: "application/json" };
const SLOWEST = 2000; // bytes a second; below this a request counts as stalled

function base64(value) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(value)));
}

function metadata(values) {
  return Object.entries(values).map(([key, value]) => `${key} ${base64(String(value))}`).join(",");
}

/** The limit in force that the server mentions: seconds, null for none, undefined when it says nothing. */
function limitOf(response) {
  const value = response.headers.get("Fairtake-Recording-Seconds");
  if (value === null) return undefined;
  return value === "none" ? null : Number(value);
}

/** Make an upload; gives its address. Asking again with the same values gives the same address. */
export async function createUpload(endpoint, values) {
  const headers = { ...VERSION, "Upload-Defer-Length": "1", "Upload-Metadata": metadata(values) };
  const response = await request(endpoint, { method: "POST", headers });
  return new URL(response.headers.get("Location"), new URL(endpoint, location.href)).href;
}

/** Ask how far the server is: {offset, isFinished, limit}. */
export async function readOffset(url) {
  const response = await request(url, { method: "HEAD", headers: VERSION });
  const offset = Number(response.headers.get("Upload-Offset"));
  return { offset, isFinished: Number(response.headers.get("Upload-Length") ?? NaN) === offset, limit: limitOf(response) };
}

/** Send bytes at an offset, declaring the whole length when it is given: {offset, limit} once they are safe. */
export async function sendPart(url, { offset, bytes, checksum, length = null, recordedMs }) {
  const headers = {
    ...VERSION,
    "Content-Type": "application/offset+octet-stream",
    "Upload-Offset": String(offset),
    "Upload-Checksum": checksum,
    "Fairtake-Recorded-Ms": String(Math.round(recordedMs)),
  };
  if (length !== null) headers["Upload-Length"] = String(length);
  const timeoutMs = 30_000 + (1000 * bytes.byteLength) / SLOWEST;
  const response = await request(url, { method: "PATCH", headers, body: bytes, timeoutMs });
  return { offset: Number(response.headers.get("Upload-Offset")), limit: limitOf(response) };
}
