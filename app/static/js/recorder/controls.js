// Buttons that end capture act on the key going down, before a screen reader can say its name. For pointers and
// for assistive technology that clicks, the click is used: WCAG 2.5.2 keeps a press that slides off harmless.

const KEYS = ["Enter", " "];

/** Call `act` at once when the button is pressed by key, by pointer or by assistive technology. */
export function onPress(button, act) {
  button.addEventListener("keydown", (event) => {
    if (!KEYS.includes(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault(); // no click besides
    if (!event.repeat) act(); // a key still held down from Start is not a press
  });
  button.addEventListener("click", act);
}
