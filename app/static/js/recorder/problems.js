// Why a recording could not begin, in words that say what to do: {title, text} from the page's strings.

import { browserFamily, problemOf } from "./devices.js";
import { text } from "./page.js";
import { ServerError } from "./server.js";

/** Explain a DOMException of getUserMedia, a ServerError, or the reason that a device was lost for. */
export function explain(cause, kind) {
  if (typeof cause === "string") return { title: text("problem_lost_title"), text: text(`lost_${cause}`) };
  if (cause instanceof ServerError) return server(cause);
  const problem = problemOf(cause);
  const how = problem === "refused" ? text(`allow_${browserFamily()}`) : "";
  return { title: text(`problem_${problem}_title`), text: [text(`problem_${problem}_${kind}`), how].filter(Boolean).join(" ") };
}

function server({ kind, said }) {
  if (kind === "signed_out") return { title: text("problem_signed_out_title"), text: text("problem_signed_out") };
  if (said) return { title: text("problem_server_title"), text: said };
  return { title: text("problem_line_title"), text: text("problem_line") };
}
