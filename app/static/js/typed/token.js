// Renews the form token of a page that stayed open while its session ended and another began, for example in another
// tab.

/**
 * @param {Document} page
 * @returns {HTMLMetaElement | null}
 */
function tokenOf(page) {
  return page.querySelector("meta[name=csrf-token]");
}

/** @returns {NodeListOf<HTMLInputElement>} */
function fields() {
  return document.querySelectorAll("input[name=csrf_token]");
}

/** Load this page again and use its form token. Returns false if no one is signed in. */
export async function renewFormToken() {
  try {
    const answer = await fetch(location.href, { redirect: "error", cache: "no-store" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = answer.ok && tokenOf(fresh)?.content;
    if (!token) return false;
    const meta = tokenOf(document);
    if (meta) meta.content = token;
    for (const field of fields()) field.value = token;
    return true;
  } catch {
    return false;
  }
}
