// Keyboard shortcuts for the player (WCAG 2.1.4). They are off by default and can be changed. They do nothing while
// the user types or while the focused control uses the key itself.

import { recall, remember } from "../player/memory.js";

const DEFAULTS = { toggle: "k", back: "j", forward: "l", previous: ",", next: ".", captions: "c", full: "f" };

/** Connect the settings of shortcuts. A shortcut presses the player's own button. */
export function connectKeys(settings, player) {
  const isOn = settings.querySelector("#keys-on");
  const boxes = [...settings.querySelectorAll("[data-key]")];
  const known = recall();
  isOn.checked = known.keysOn === true;
  for (const box of boxes) box.value = (known.keys ?? DEFAULTS)[box.dataset.key] ?? "";
  const conflict = () => showConflict(settings, boxes);
  settings.addEventListener("input", (event) => {
    if (event.target !== isOn && !event.target.matches("[data-key]")) return;
    conflict();
    remember({ keysOn: isOn.checked, keys: Object.fromEntries(boxes.map((box) => [box.dataset.key, box.value.toLowerCase()])) });
  });
  document.addEventListener("keydown", (event) => {
    if (!isOn.checked || event.ctrlKey || event.altKey || event.metaKey || event.repeat || isTaken(event)) return;
    const used = boxes.filter((box) => box.value && box.value.toLowerCase() === event.key.toLowerCase());
    if (used.length !== 1) return;
    const control = player.querySelector(`[data-do="${used[0].dataset.key}"]`);
    if (!control || control.hidden) return;
    event.preventDefault();
    control.click();
  });
  conflict();
}

/**
 * Return whether the focused element uses the key itself: text fields, lists, sliders, and Space on buttons and
 * links.
 */
function isTaken(event) {
  const here = event.target;
  if (here.isContentEditable || here.matches("textarea, select, input")) return true;
  return event.key === " " && here.matches("button, a, summary, video");
}

/** Show an error if one key is used for two actions. The key then does nothing. */
function showConflict(settings, boxes) {
  const name = (box) => box.labels[0].textContent.trim();
  const same = (one, other) => one !== other && one.value && one.value.toLowerCase() === other.value.toLowerCase();
  const one = boxes.find((box) => boxes.some((other) => same(box, other)));
  const other = one && boxes.find((box) => same(box, one));
  for (const box of boxes) box.toggleAttribute("aria-invalid", box === one || box === other);
  for (const box of boxes) if (box.hasAttribute("aria-invalid")) box.setAttribute("aria-invalid", "true");
  const words = settings.querySelector("[data-keys]").dataset.twice;
  settings.querySelector("#keys-problem").textContent = one ? words.replace("{one}", name(one)).replace("{other}", name(other)) : "";
}
