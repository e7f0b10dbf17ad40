// Waiting between tries: longer each time, never in step with others, cut short when there is reason to hope.

const FIRST_MS = 400;
const LONGEST_MS = 20_000;

/** How long to wait before try number `failures` + 1, in milliseconds; `random` is in [0, 1). */
export function delay(failures, random = Math.random()) {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10));
  return ceiling / 2 + (ceiling / 2) * random;
}

/** Resolve after `ms`, or at once when the network comes back, the tab is looked at again, or `signal` aborts. */
export function rest(ms, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      document.removeEventListener("visibilitychange", seen);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const seen = () => document.visibilityState === "visible" && done();
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
    document.addEventListener("visibilitychange", seen);
    signal?.addEventListener("abort", done);
    if (signal?.aborted) done();
  });
}
