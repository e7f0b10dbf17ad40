// What has not arrived of the answers, in seconds, on the pages of the journey: what this browser is sending, and what
// the server waits for and this browser does not have.

import { unsentMs } from "./take_record.js";
import { text, words } from "./words.js";

/** Whether this browser still sends something of a take, or has yet to say where it ends. */
export function isPending(upload) {
  return upload.state !== "done" && !upload.isOver && upload.record.segments.some((one) => one.bytes > 0 && one.refused === undefined);
}

/** Whether a recording belongs to the answers: before sending each may become one, after it only those that were sent. */
export function isOfAnswer(page, record) {
  return !Array.isArray(page.can_keep) || page.stopped.includes(record.take);
}

/** Seconds of a take that this browser still sends, up to the next whole one. */
export function secondsOf(upload) {
  return Math.ceil(Math.round(unsentMs(upload.record.segments)) / 1000);
}

function lineOf(upload) {
  const { position } = upload.record;
  const length = words(1000 * secondsOf(upload));
  return position ? text("coming_here", { number: position, length }) : text("coming_here_short", { length });
}

/** What of `page.coming`, as the server knew it when the page was made, this browser does not have. */
export function elsewhere(page, uploads) {
  return (page.coming ?? []).filter(({ take }) => !uploads.some(({ record }) => record.take === take));
}

/** What has not arrived, as the form carries it once it was told: "1:12 3:?". Where a recording ends the server does not
    know before it was told of the stop; this browser does. */
export function toldOf(page, uploads) {
  const here = uploads.filter((one) => isPending(one) && one.record.position).map(({ record }) => record);
  const found = here.flatMap((record) => [
    `${record.position}:${secondsOf({ record })}`,
    ...(record.stop?.sent ? [] : [`${record.position}:?`]),
  ]);
  return [...found, ...elsewhere(page, uploads).map(({ told }) => told)].join(" ");
}

/** Keep the list of the page true; `box` is null on a page that has none. */
export function showComing(box, page, uploads) {
  if (!box) return;
  const part = (name) => box.querySelector(`[data-coming=${name}]`);
  const here = uploads.filter((one) => isPending(one) && secondsOf(one) > 0 && isOfAnswer(page, one.record));
  const others = elsewhere(page, uploads);
  const lines = [...here.map(lineOf), ...others.map((one) => one.words)];
  if (lines.join("\n") !== [...part("lines").children].map((one) => one.textContent).join("\n")) {
    part("lines").replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
  }
  for (const [element, isHidden] of [
    [box, !lines.length],
    [part("here"), !here.length],
    [part("elsewhere"), !others.length],
  ]) {
    if (element.hidden !== isHidden) element.hidden = isHidden;
  }
}
