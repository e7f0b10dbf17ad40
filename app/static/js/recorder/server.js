// Requests to the server, a classification of errors, and the checksum of a part.

import { after } from "./patience.js";
import { page } from "./words.js";

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

/**
 * Return the value of an Upload-Checksum header for an ArrayBuffer: "sha256 <base64>".
 * @param {ArrayBuffer} bytes
 */
export async function checksum(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `sha256 ${btoa(String.fromCharCode(...hash))}`;
}
