// Requests to the server, a classification of errors, and the part of tus 1.0
// (https://tus.io/protocols/resumable-upload) that a recorder needs: creation with a length that is not known yet,
// HEAD, PATCH with a checksum, and a length declared with the last part.

import { after } from "./patience.js";
import { page } from "./words.js";

const VERSION = { "Tus-Resumable": "1.0.0", Accept: "application/json" };
const SLOWEST = 2000; // bytes per second; a slower request counts as stalled
const FINAL = [400, 403, 404, 410, 413, 415, 422];

/** A failed request. `kind` is retry, conflict, checksum, signed_out or refused. */
export class ServerError extends Error {
  /** @param {string} kind */
  constructor(kind, status = 0, { message = "", retryAfterMs = 0 } = {}) {
    super(message || kind);
    this.kind = kind;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    this.said = message;
  }
}

/** @param {number} status */
function kindOf(status) {
  if (status === 401) return "signed_out";
  if (status === 409) return "conflict";
  if (status === 460) return "checksum";
  return FINAL.includes(status) ? "refused" : "retry";
}

/** @param {Response} response */
async function messageOf(response) {
  if (!response.headers.get("Content-Type")?.includes("json")) return "";
  const said = await response.json().catch(() => ({}));
  return [said.message, said.kept, said.next].filter(Boolean).join(" ");
}

/**
 * Call fetch() with a timeout, and return what `read` makes of the response. Rejects with a ServerError if there is no
 * connection, the status is not 2xx, or the body is cut off or is not what `read` expects.
 * @template T
 * @param {string} url
 * @param {RequestInit & {timeoutMs?: number}} options
 * @param {(response: Response) => T | Promise<T>} read
 */
export async function request(url, { timeoutMs = 30_000, ...options }, read) {
  const abort = new AbortController(); // AbortSignal.timeout() would count the time of a sleep
  const endWait = after(timeoutMs, () => abort.abort());
  try {
    const response = await fetch(url, { redirect: "error", cache: "no-store", ...options, signal: abort.signal });
    if (response.ok) return await read(response);
    const retryAfterMs = 1000 * (Number(response.headers.get("Retry-After")) || 0);
    throw new ServerError(kindOf(response.status), response.status, { message: await messageOf(response), retryAfterMs });
  } catch (error) {
    throw error instanceof ServerError ? error : new ServerError("retry");
  } finally {
    endWait();
  }
}

/**
 * POST JSON with the page's form token and return the JSON of the answer. With `keepalive`, the request continues
 * after the page has closed.
 * @param {string} url
 */
export async function postJson(url, body = {}, { keepalive = false } = {}) {
  const post = () => {
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": page.csrf };
    return request(url, { method: "POST", body: JSON.stringify(body), keepalive, headers }, (response) => response.json());
  };
  try {
    return await post();
  } catch (error) {
    if (error.status !== 400 || !(await renewToken())) throw error;
    return post();
  }
}

/**
 * Renew the form token by loading this page again, because signing in again in another tab changes the token. Rejects
 * with the error of this request, for example signed_out, because the token is also wrong when no one is signed in.
 */
async function renewToken() {
  const html = await request(location.href, {}, (response) => response.text());
  const fresh = new DOMParser().parseFromString(html, "text/html");
  /** @type {HTMLMetaElement | null} */
  const meta = fresh?.querySelector("meta[name=csrf-token]");
  const token = meta?.content;
  if (token) page.csrf = token;
  return Boolean(token);
}

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

/**
 * Return the value of an Upload-Checksum header for an ArrayBuffer: "sha256 <base64>".
 * @param {ArrayBuffer} bytes
 */
export async function checksum(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `sha256 ${btoa(String.fromCharCode(...hash))}`;
}
