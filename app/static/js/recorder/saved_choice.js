// The choice of camera, microphone and quality, which this browser remembers.

const KEY = "fairtake-devices";

/**
 * Return the saved choice {camera, microphone, quality, kind}, and when the devices were last checked (`checkedAt`, in
 * milliseconds). It is stored only in this browser.
 */
export function savedChoice() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export function saveChoice(choice) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...savedChoice(), ...choice }));
  } catch {
    // Storage is blocked, so the choice lasts as long as the page.
  }
}
