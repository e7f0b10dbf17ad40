// The states of a recording as a pure function: (state, event) -> state. recorder.js does the work of each state.
//
//   idle -> preparing -> countdown -> recording <-> paused (with another countdown) -> stopping
//   preparing -> armed -> countdown, if the person starts the recording with a second press
//   stopping -> review; or offered if it was interrupted; or idle if nothing was recorded
//   offered: "We have 55 seconds of your answer" -> continue, keep, or record again

/** @typedef {{phase: string, from: string, reason: string | null}} State */

/** @type {State} */
export const START = { phase: "idle", from: "idle", reason: null };

/** @type {Record<string, Record<string, string>>} */
const MOVES = {
  idle: { start: "preparing", recovered: "offered" },
  review: { start: "preparing" },
  offered: { start: "preparing", goOn: "preparing", keep: "review" },
  preparing: { ready: "countdown", armed: "armed", failed: "back", cancelled: "back" },
  armed: { ready: "countdown", cancelled: "back", failed: "back" },
  countdown: { captured: "recording", stop: "cancel", pause: "cancel", lost: "cancel", failed: "back" },
  recording: { pause: "paused", stop: "stopping", limit: "stopping", lost: "stopping", failed: "back" },
  paused: { resume: "countdown", stop: "stopping", lost: "stopping" },
  stopping: { saved: "settle", nothing: "idle" },
};

/**
 * @param {State} state
 * @param {{type: string}} event
 */
function destination(state, event) {
  const move = MOVES[state.phase][event.type];
  if (move === "back") return state.from;
  if (move === "cancel") return cancelled(state, event);
  if (move === "settle") return state.reason === "lost" ? "offered" : "review";
  return move;
}

/** @type {Record<string, string>} */
const REASONS = { stop: "stopped", limit: "limit", lost: "lost" };

/**
 * Return the phase after a cancelled countdown: where it began, or stopping. Nothing was captured during it.
 * @param {State} state
 * @param {{type: string}} event
 */
function cancelled(state, event) {
  if (state.from !== "paused") return state.from;
  return event.type === "pause" ? "paused" : "stopping";
}

/**
 * Return the next state. If the event has no meaning in this state, the same object is returned.
 * @param {State} state
 * @param {{type: string}} event
 * @returns {State}
 */
export function next(state, event) {
  const phase = destination(state, event);
  if (!phase) return state;
  return {
    phase,
    from: ["preparing", "armed", "countdown"].includes(state.phase) ? state.from : state.phase,
    reason: phase === "stopping" ? REASONS[event.type] : state.reason,
  };
}
