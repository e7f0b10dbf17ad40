// Requests, and what an answer other than "yes" means for the one who asked.

const FINAL = [400, 403, 404, 410, 413, 415, 422];

/** An answer that is not a success. `kind`: retry, conflict, checksum, signed_out or refused. */
export class ServerError extends Error {
  constructor(kind, status = 0, { message = "", retryAfterMs = 0 } = {}) {
    super(message || kind);
    Object.assign(this, { kind, status, retryAfterMs, said: message });
  }
}

function kindOf(status) {
  if (status === 401) return "signed_out";
  if (status === 409) return "conflict";
  if (status === 460) return "checksum";
  return FINAL.includes(status) ? "refused" : "retry";
}

async function messageOf(response) {
  if (!response.headers.get("Content-Type")?.includes("json")) return "";
  const said = await response.json().catch(() => ({}));
  return [said.message, said.kept, said.next].filter(Boolean).join(" ");
}

/** fetch() with an end: rejects with a ServerError for anything that is not 2xx, a dead line included. */
export async function request(url, { timeoutMs = 30_000, ...options } = {}) {
  let response;
  try {
    response = await fetch(url, { redirect: "error", cache: "no-store", ...options, signal: AbortSignal.timeout(timeoutMs) });
  } catch {
    throw new ServerError("retry");
  }
  if (response.ok) return response;
  const retryAfterMs = 1000 * (Number(response.headers.get("Retry-After")) || 0);
  throw new ServerError(kindOf(response.status), response.status, { message: await messageOf(response), retryAfterMs });
}

/** POST JSON with the page's token, and give back the JSON of the answer. */
export async function postJson(url, csrf, body = {}) {
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf };
  const response = await request(url, { method: "POST", headers, body: JSON.stringify(body) });
  return response.json();
}
