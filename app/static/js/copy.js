// Adds a copy button to each field that is meant to be copied. The button announces and shows that it copied the
// text.

import { say } from "./recorder/silence.js";

async function copy(field, button) {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.select();
    document.execCommand("copy"); // the clipboard API is not available on insecure pages
    button.focus();
  }
}

function addButton(field) {
  const button = document.createElement("button");
  const note = document.createElement("p");
  button.type = "button";
  button.className = "button button--secondary";
  button.textContent = field.dataset.copy;
  note.className = "hint";
  button.addEventListener("click", async () => {
    await copy(field, button);
    note.textContent = field.dataset.copied;
    say(field.dataset.copied, "copied");
  });
  field.after(button, note);
}

/** Add a copy button to every field with data-copy. */
export function addCopyButtons() {
  for (const field of document.querySelectorAll("input[data-copy]")) addButton(field);
}
