// Beside a field that is there to be copied, puts a button that does it, and says that it was done.

import { say } from "./recorder/silence.js";

function addButton(field) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--secondary";
  button.textContent = field.dataset.copy;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy"); // pages that are not secure have no clipboard
    }
    say(field.dataset.copied, "copied");
  });
  field.after(button);
}

for (const field of document.querySelectorAll("input[data-copy]")) addButton(field);
