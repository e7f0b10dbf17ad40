// An answer in writing: what has not reached the server stays in this browser, and is offered when the page is opened again.

const form = document.getElementById("written");
const box = form.elements.text;
const key = `fairtake.written.${form.dataset.owner}.${form.dataset.question}`; // another candidate may use this browser

/** Storage may be closed to us: then the text is in the page, and on the server, and nowhere else. */
function stored(action, value) {
  try {
    if (action === "get") return localStorage.getItem(key);
    if (action === "set") localStorage.setItem(key, value);
    else localStorage.removeItem(key);
  } catch {
    // as if nothing were there
  }
  return null;
}

function show(name) {
  const hint = document.querySelector("#saved [data-is-saved]");
  if (hint) hint.textContent = hint.dataset[name]; // seen, not announced: it would be said with every pause in typing
}

box.addEventListener("input", () => {
  stored("set", box.value);
  show("isNotSaved");
});

// What came back is about the text that was sent; more may have been typed meanwhile.
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt !== box || !event.detail.successful) return;
  const sent = event.detail.requestConfig.formData.get("text");
  if (!document.getElementById("saved").hasAttribute("data-saved")) return;
  if (sent === box.value) stored("remove");
  else show("isNotSaved");
});

const kept = stored("get");
if (kept !== null && kept !== box.value) offer(kept);
else stored("remove");

function offer(text) {
  const offered = document.getElementById("unsaved");
  offered.hidden = false;
  document.getElementById("put-back").addEventListener("click", () => {
    box.value = text;
    offered.hidden = true;
    box.focus();
    box.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.getElementById("throw-away").addEventListener("click", () => {
    stored("remove");
    offered.hidden = true;
    box.focus();
  });
}
