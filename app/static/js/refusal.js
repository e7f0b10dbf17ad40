// Why the server refused a request that htmx sent: the words of its error page.

const PASSING = [400, 401, 408, 429]; // said in words of our own: they pass by themselves or after a sign-in

/**
 * What an error page of ours says, as one line; empty for success, a failure that may pass, and pages of others.
 * @param {XMLHttpRequest | null | undefined} xhr
 */
export function refusalOf(xhr) {
  const isOurs = xhr?.getResponseHeader("Vary")?.includes("HX-Request");
  if (!xhr || !isOurs || xhr.status < 400 || xhr.status >= 500 || PASSING.includes(xhr.status)) return "";
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  return page.body.textContent.replace(/\s+/g, " ").trim();
}
