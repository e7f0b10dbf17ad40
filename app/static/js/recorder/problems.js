// Explains why a recording could not begin, and says what to do.

import { ServerError } from "./server.js";
import { text } from "./words.js";

const PROBLEMS = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "missing",
  DevicesNotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  TrackStartError: "busy",
  AbortError: "busy",
};

/** Return the kind of problem: refused, missing, busy or unsupported. */
function problemOf(error) {
  return PROBLEMS[error?.name] ?? "unsupported";
}

/** Return the browser family, because each names its permission settings differently. */
function browserFamily(agent = navigator.userAgent) {
  if (/Firefox|FxiOS/.test(agent)) return "firefox";
  if (/Chrome|Chromium|CriOS|Edg/.test(agent)) return "chromium";
  return /Safari/.test(agent) ? "safari" : "other";
}

/**
 * Explain why a recording could not begin, as {title, text}. The cause is a DOMException of getUserMedia, a
 * ServerError, or the reason for which a device was lost.
 */
export function explain(cause, kind) {
  if (cause === "tab") return { title: text("problem_tab_title"), text: text("problem_tab") };
  if (typeof cause === "string") return { title: text("problem_lost_title"), text: text(`lost_${cause}`) };
  if (cause instanceof ServerError) return server(cause);
  const problem = problemOf(cause);
  const how = problem === "refused" ? text(`allow_${browserFamily()}`) : "";
  return { title: text(`problem_${problem}_title`), text: [text(`problem_${problem}_${kind}`), how].filter(Boolean).join(" ") };
}

/**
 * Explain what to do while the browser does not answer, as {title, text}. Its question is easily overlooked, and
 * browsers inside some apps never ask.
 */
export function explainWaiting() {
  return { title: text("asking_title"), text: `${text(`asking_${browserFamily()}`)} ${text("asking_never")}` };
}

function server({ kind, said }) {
  if (kind === "signed_out") return { title: text("problem_signed_out_title"), text: text("problem_signed_out") };
  if (said) return { title: text("problem_server_title"), text: said };
  return { title: text("problem_line_title"), text: text("problem_line") };
}
