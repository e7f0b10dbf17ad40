// Shows how many seconds of the answers have not arrived: those that this browser is sending, and those that the
// server expects from other devices.

import { canArrive, unsentMs } from "./unfinished.js";
import { text, words } from "./words.js";

/** Return whether this browser is still sending part of a take, or has not yet reported where it ends. */
export function isPending(upload) {
  return upload.state !== "done" && !upload.isOver && upload.record.segments.some((one) => one.bytes > 0 && one.refused === undefined);
}

/**
 * Return whether a recording belongs to the answers. Before sending, every recording may become an answer; after
 * sending, only those that were sent.
 */
export function isOfAnswer(page, record) {
  return !Array.isArray(page.can_keep) || page.stopped.includes(record.take);
}

/** Return how many seconds of a take this browser still has to send, rounded up. */
export function secondsOf(upload) {
  return Math.ceil(Math.round(unsentMs(upload.record.segments)) / 1000);
}

function lineOf(upload) {
  const { position } = upload.record;
  const length = words(1000 * secondsOf(upload));
  return position ? text("coming_here", { number: position, length }) : text("coming_here_short", { length });
}

/** Return the entries of `page.coming` (the server's list when the page was made) that are not in this browser. */
export function elsewhere(page, uploads) {
  return (page.coming ?? []).filter(({ take }) => !uploads.some(({ record }) => record.take === take));
}

/**
 * Return the missing parts for the form field, such as "1:12 3:?", once the user was told about them. "?" means that
 * the server does not know yet where the recording ends.
 */
export function toldOf(page, uploads) {
  const here = uploads.filter((one) => isPending(one) && one.record.position).map(({ record }) => record);
  const found = here.flatMap((record) => [
    `${record.position}:${secondsOf({ record })}`,
    ...(record.stop?.sent ? [] : [`${record.position}:?`]),
  ]);
  return [...found, ...elsewhere(page, uploads).map(({ told }) => told)].join(" ");
}

/** Update the list on the page. `box` is null if the page has no list. */
export function showComing(box, page, uploads) {
  if (!box) return;
  const part = (name) => box.querySelector(`[data-coming=${name}]`);
  const here = uploads.filter((one) => isPending(one) && secondsOf(one) > 0 && canArrive(page, one.record));
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
