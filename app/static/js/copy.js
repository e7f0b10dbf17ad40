// Beside a field that is there to be copied, puts a button that does it; says so, and shows it.

import { say } from "./recorder/silence.js";

async function copy(field, button) {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.select();
    document.execCommand("copy"); // pages that are not secure have no clipboard
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

/** Add a button to every field that is there to be copied. */
export function addCopyButtons() {
  for (const field of document.querySelectorAll("input[data-copy]")) addButton(field);
}
