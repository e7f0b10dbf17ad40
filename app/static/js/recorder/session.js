// The states of a recording, as a pure function: (state, event) -> state. What a state does is elsewhere.
//
//   idle -> preparing -> countdown -> recording <-> paused (over a countdown again) -> stopping
//   stopping -> review, or offered when it ended without the person's wish, or idle when there was not a byte yet
//   offered: "We have 55 seconds of your answer" -> go on, keep, or record again

/** @typedef {{phase: string, from: string, reason: string | null}} State */

/** @type {State} */
export const START = { phase: "idle", from: "idle", reason: null };

/** @type {Record<string, Record<string, string>>} */
const MOVES = {
  idle: { start: "preparing", recovered: "offered" },
  review: { start: "preparing" },
  offered: { start: "preparing", goOn: "preparing", keep: "review" },
  preparing: { ready: "countdown", failed: "back", cancelled: "back" },
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
 * A countdown broken off: nothing was captured by it, so back to where it began, or on to the end.
 * @param {State} state
 * @param {{type: string}} event
 */
function cancelled(state, event) {
  if (state.from !== "paused") return state.from;
  return event.type === "pause" ? "paused" : "stopping";
}

/**
 * The next state. An event that means nothing in this state changes nothing: the same object comes back.
 * @param {State} state
 * @param {{type: string}} event
 * @returns {State}
 */
export function next(state, event) {
  const phase = destination(state, event);
  if (!phase) return state;
  return {
    phase,
    from: ["preparing", "countdown"].includes(state.phase) ? state.from : state.phase,
    reason: phase === "stopping" ? REASONS[event.type] : state.reason,
  };
}
