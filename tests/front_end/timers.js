// A clock and timers that a test controls.

/** Run all pending promise callbacks. */
export async function settle() {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

/**
 * Run `act(pass)` with a clock and timers that only `pass(ms)` advances. Due timers run at its end, so a long `pass`
 * simulates a sleep of the computer.
 */
export async function withClock(act) {
  const { setTimeout, clearTimeout } = globalThis;
  const { now } = Date;
  const elapsed = performance.now;
  const timers = new Set();
  let time = 0;
  Date.now = performance.now = () => time;
  globalThis.setTimeout = (run, ms) => {
    const timer = { run, at: time + ms };
    timers.add(timer);
    return timer;
  };
  globalThis.clearTimeout = (timer) => timers.delete(timer);
  const pass = async (ms) => {
    await settle();
    time += ms;
    for (const timer of [...timers]) if (timer.at <= time && timers.delete(timer)) timer.run();
    await settle();
  };
  try {
    await act(pass);
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
    Date.now = now;
    performance.now = elapsed;
  }
}
