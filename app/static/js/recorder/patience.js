// Bounded waits for the browser or the server that do not count the time for which the computer slept.

const LATE_MS = 1000; // a timer that is later than this was stopped, with everything else, while the computer slept
const MAX_TRIES = 3; // how often a wait starts again

/**
 * Call `act` after `ms`. Returns a function that cancels this. After a sleep, the timer and an answer are due together, in
 * any order. So if the timer is late, the wait starts again, at most MAX_TRIES times, because in a hidden page every
 * timer may be late.
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
