// The form token of a page that stayed open while its session ended and another began, in another tab for instance.

/** Fetch this page again and take over its form token. False while nobody is signed in. */
export async function renewFormToken() {
  try {
    const answer = await fetch(location.href, { redirect: "error", cache: "no-store" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = answer.ok && fresh.querySelector("meta[name=csrf-token]")?.content;
    if (!token) return false;
    document.querySelector("meta[name=csrf-token]").content = token;
    for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
    return true;
  } catch {
    return false;
  }
}
