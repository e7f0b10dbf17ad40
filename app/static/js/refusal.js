// The reason why the server refused a request by htmx, from its error page.

const PASSING = [400, 401, 408, 429]; // failures that are temporary or need a sign-in, which get other messages

/**
 * Return the text of this application's error page as one line. Empty for a success, a temporary failure, or an error
 * page from another server.
 * @param {XMLHttpRequest | null | undefined} xhr
 */
export function refusalOf(xhr) {
  const isOurs = xhr?.getResponseHeader("Vary")?.includes("HX-Request");
  if (!xhr || !isOurs || xhr.status < 400 || xhr.status >= 500 || PASSING.includes(xhr.status)) return "";
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  return page.body.textContent.replace(/\s+/g, " ").trim();
}
