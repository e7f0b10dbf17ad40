// The caption editor: makes the plain form faster. Buttons have the same effects as without a script, but need no
// request.

import { say } from "../recorder/silence.js";
import { Kept } from "../typed/kept.js";
import { offerVersions, timeOf } from "../typed/offer.js";
import { adviceOn } from "./advice.js";
import { addAfter, merge, moveEdge, remove, replaceText, split } from "./changes.js";
import { History } from "./history.js";
import { Rows } from "./rows.js";
import { readTime } from "../clock_time.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("caption-editor"));
const { bars, advice, strings } = JSON.parse(document.getElementById("caption-data").textContent);
/** @type {HTMLMediaElement} */
const media = document.querySelector("#recording"); // null if the review is blind and shows only the words
const nudge = document.getElementById("nudge");
const rows = new Rows(document.getElementById("captions"), strings);
const initial = rows.read();
const initialLanguage = form.elements.language.value;
const history = new History(initial);
const kept = new Kept("captions", form.dataset.owner, form.dataset.take);
const STEPS = { ArrowUp: 100, ArrowDown: -100, PageUp: 1000, PageDown: -1000 };
let isReturned = false; // whether the page shows text that was sent with the form and is not saved
let isKept = true;
let current = 0; // index of the caption used last
let stopAt = null;

const text = (name, values = {}) => strings[name].replace(/\{(\w+)\}/g, (_, word) => values[word]);

function show(captions) {
  rows.write(captions);
  captions.forEach((caption, index) => rows.advise(index, adviceOn(caption, bars, advice)));
  keepWork();
}

function change(captions, message) {
  history.record(rows.read());
  history.record(captions);
  show(captions);
  if (message) say(message, "captions");
}

function keepWork() {
  const captions = rows.read();
  const { base, source, language } = form.elements;
  const work = { captions, base: base.value, source: source.value, language: language.value };
  if (!isReturned && !isChanged(work)) kept.forget();
  else isKept = kept.write(work);
}

function isChanged({ captions, language }) {
  return JSON.stringify(captions) !== JSON.stringify(initial) || (language ?? initialLanguage) !== initialLanguage;
}

/** Show, in the legend of the nudge buttons, which caption they move. */
function nameNudge(number) {
  const legend = nudge.querySelector("legend");
  legend.textContent = legend.dataset.nudged.replace("{n}", String(number));
}

function focusText(index, place = null) {
  const field = rows.field(Math.max(0, index), "text");
  if (!field) return document.getElementById("captions-title").focus();
  field.focus();
  if (place !== null) field.setSelectionRange(place, place);
}

const DOING = {
  split(index) {
    const made = split(rows.read(), index, rows.field(index, "text").selectionStart);
    if (!made) return say(text("not_split"), "captions");
    change(made, text("split", { n: index + 1 }));
    focusText(index + 1, 0);
  },
  merge(index) {
    const made = merge(rows.read(), index);
    if (!made) return say(text("no_next"), "captions");
    change(made, text("merged", { n: index + 1 }));
    focusText(index);
  },
  remove(index) {
    const captions = rows.read();
    change(remove(captions, index), text("removed", { n: index + 1 }));
    focusText(Math.min(index, captions.length - 2));
  },
  add(index) {
    change(addAfter(rows.read(), index), text("added", { n: index + 2 }));
    focusText(index + 1);
  },
};

function replace(which) {
  const find = form.elements.find.value;
  const from = which === "first" ? current : null;
  const [captions, count, index] = replaceText(rows.read(), find, form.elements.replacement.value, from);
  const message =
    which === "first" && count
      ? text("replaced_in", { n: index + 1 })
      : text(["replaced_none", "replaced_one"][count] ?? "replaced", { n: count });
  if (!count) return say(message, "captions");
  if (which === "first") current = index;
  change(captions, message);
}

/** Move an edge by milliseconds, or to the current time of the player, and announce the new time. */
function move(index, edge, by) {
  const field = rows.field(index, edge);
  const from = field && readTime(field.value);
  if (from === null || from === undefined) return;
  change(moveEdge(rows.read(), index, edge, by === "now" ? media.currentTime * 1000 : from + Number(by)));
  say(text("nudged", { edge: text(edge), time: rows.field(index, edge).value }), "captions");
}

function travel(step) {
  history.record(rows.read());
  const captions = history.go(step);
  if (!captions) return say(text(step < 0 ? "nothing_to_undo" : "nothing_to_redo"), "captions");
  const had = document.activeElement;
  show(captions);
  if (!had.isConnected) focusText(Math.min(current, captions.length - 1));
  say(text(step < 0 ? "undone" : "redone"), "captions");
}

function playCaption() {
  const [start, end] = ["start", "end"].map((name) => readTime(rows.field(current, name)?.value ?? ""));
  if (start === null || end === null) return;
  stopAt = end / 1000;
  media.currentTime = start / 1000;
  media.play().catch(() => {});
}

form.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("button");
  if (!button) return;
  if (button.dataset.edge) return move(current, button.dataset.edge, button.dataset.ms);
  if (button.dataset.history) return travel(button.dataset.history === "undo" ? -1 : 1);
  if (button.id === "play-caption") return playCaption();
  const [doing, which] = (button.name === "do" ? button.value : "save").split("-");
  if (doing === "save" || doing === "move" || (doing === "add" && !rows.pattern)) return;
  event.preventDefault();
  if (doing === "replace") replace(which);
  else DOING[doing]?.(Number(which) - 1);
});

form.addEventListener("keydown", (event) => {
  const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey;
  const letter = event.key.toLowerCase();
  if (isCommand && rows.indexOf(event.target) >= 0 && (letter === "z" || letter === "y")) {
    event.preventDefault();
    travel(letter === "y" || event.shiftKey ? 1 : -1);
  }
  const { name } = /** @type {HTMLInputElement} */ (event.target);
  if (event.key in STEPS && !isCommand && !event.altKey && !event.shiftKey && (name === "start" || name === "end")) {
    event.preventDefault();
    move(rows.indexOf(event.target), name, STEPS[event.key]);
  }
});

form.addEventListener("focusin", (event) => {
  const index = rows.indexOf(event.target);
  if (index < 0) return;
  current = index;
  nameNudge(index + 1);
});

form.elements.language.addEventListener("input", keepWork);
form.addEventListener("input", (event) => {
  const index = rows.indexOf(event.target);
  if (index < 0) return;
  if (event.data === " " || event.data === null) history.record(rows.read());
  rows.advise(index, adviceOn(rows.read()[index], bars, advice));
  keepWork();
});
form.addEventListener("change", () => history.record(rows.read()));

media?.addEventListener("timeupdate", () => {
  if (stopAt === null || media.currentTime < stopAt) return;
  stopAt = null;
  media.pause();
});

function describeKept({ work, at }) {
  const name = work.base === form.elements.base.value ? "kept_at" : "kept_older";
  document.querySelector("#kept [data-kept-words]").textContent = text(name, { time: timeOf(at) });
}

function restoreKept({ id, work }) {
  if (isChanged({ captions: rows.read(), language: form.elements.language.value })) kept.setAside(); // offered the next time
  if (rows.pattern || !work.captions.length) {
    form.elements.base.value = work.base;
    form.elements.source.value = work.source;
    form.elements.language.value = work.language ?? initialLanguage;
    change(work.captions, text("restored"));
    if (isKept) kept.remove(id);
  }
  return document.getElementById("captions-title");
}

function discardKept({ id }) {
  kept.remove(id);
  return document.getElementById("captions-title");
}

/** Keep what a returned page shows, and offer changes made in this or another tab that were not saved. */
function offerKept() {
  isReturned = kept.continued(() => true) !== null;
  if (isReturned) keepWork();
  const [versions, saved] = [true, false].map((isUnsaved) => kept.versions().filter(({ work }) => isChanged(work) === isUnsaved));
  if (!isReturned) for (const { id } of saved) kept.remove(id);
  const words = (work) => work.captions.map((caption) => caption.text).join("\n");
  offerVersions(document.getElementById("kept"), versions, {
    textOf: words,
    restore: restoreKept,
    discard: discardKept,
    describe: describeKept,
  });
}

for (const id of ["nudge", "history"]) document.getElementById(id).hidden = false;
for (const hint of form.querySelectorAll("[data-with-script]")) hint.toggleAttribute("hidden", false);
for (const hint of form.querySelectorAll("[data-without-script]")) hint.toggleAttribute("hidden", true);
nameNudge(1);
offerKept();
kept.announceIn(form);
