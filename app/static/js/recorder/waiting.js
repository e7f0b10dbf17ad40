// How long to wait before a failed request is repeated.

const FIRST_MS = 400;
const LONGEST_MS = 20_000;

/**
 * Return how many milliseconds to wait before attempt number `failures` + 1. `random` is in [0, 1).
 * @param {number} failures
 */
export function delay(failures, random = Math.random()) {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10));
  return ceiling / 2 + (ceiling / 2) * random;
}

/**
 * Resolve with false after `ms`, or with true as soon as the network is back or the tab becomes visible.
 * @param {number} ms
 * @returns {Promise<boolean>}
 */
export function rest(ms) {
  return new Promise((resolve) => {
    const done = (isHope) => {
      clearTimeout(timer);
      removeEventListener("online", hope);
      document.removeEventListener("visibilitychange", seen);
      resolve(isHope);
    };
    const hope = () => done(true);
    const seen = () => document.visibilityState === "visible" && hope();
    const timer = setTimeout(done, ms, false);
    addEventListener("online", hope);
    document.addEventListener("visibilitychange", seen);
  });
}
