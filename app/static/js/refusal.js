// The reason why the server refused a request by htmx, from its error page.

const PASSING = [400, 401, 408, 429]; // failures that are temporary or need a sign-in, which get other messages

/**
 * Return whether this application made the response. A proxy may answer in its place, for example with a page to sign in
 * and status 200.
 * @param {XMLHttpRequest | null | undefined} xhr
 */
export function isOurs(xhr) {
  return Boolean(xhr?.getResponseHeader("Vary")?.includes("HX-Request"));
}

/**
 * Return whether a failure is temporary or needs a sign-in, so that the request is to be tried again.
 * @param {number} status
 */
export function isPassing(status) {
  return status >= 500 || PASSING.includes(status);
}

/**
 * Return the text of this application's error page as one line. Empty for a success, a temporary failure, or an error
 * page from another server.
 * @param {XMLHttpRequest | null | undefined} xhr
 */
export function refusalOf(xhr) {
  if (!xhr || !isOurs(xhr) || xhr.status < 400 || isPassing(xhr.status)) return "";
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  return page.body.textContent.replace(/\s+/g, " ").trim();
}
