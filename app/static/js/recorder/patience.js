// Bounded waits for the browser or the server that do not count the time for which the computer slept.

const LATE_MS = 1000; // if a timer is later than this, the computer slept
const MAX_TRIES = 3; // how often a wait is restarted

/**
 * Call `act` after `ms`. Returns a function that cancels this. After a sleep, the timer and a response may be due at
 * the same time, in any order. So if the timer is late, the wait starts again, at most MAX_TRIES times, because in a
 * hidden page every timer may be late.
 * @param {number} ms
 * @param {() => void} act
 */
export function after(ms, act) {
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const start = (/** @type {number} */ tries) => {
    const due = Date.now() + ms;
    timer = setTimeout(() => (tries && Date.now() - due > LATE_MS ? start(tries - 1) : act()), ms);
  };
  start(MAX_TRIES);
  return () => clearTimeout(timer);
}
