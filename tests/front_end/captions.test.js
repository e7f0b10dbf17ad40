// The functions that change captions in the editor return new lists and do not change the given ones.

import assert from "node:assert/strict";
import { test } from "node:test";

import { adviceOn } from "../../app/static/js/captions/advice.js";
import { addAfter, merge, moveEdge, remove, replaceText, split } from "../../app/static/js/captions/changes.js";
import { History } from "../../app/static/js/captions/history.js";

const caption = (start, end, text) => ({ start, end, text });
const TWO = Object.freeze([caption("0:00.000", "0:04.000", "One two three four"), caption("0:04.000", "0:06.000", "Five")]);

test("caption is split where the caret is, and its time by the length of the text", () => {
  const [first, second, third] = split(TWO, 0, 7);
  assert.deepEqual(first, caption("0:00.000", "0:01.647", "One two"));
  assert.deepEqual(second, caption("0:01.647", "0:04.000", "three four"));
  assert.equal(third, TWO[1]);
});

test("caption without a caret in its text is split after its first line, or in the middle", () => {
  assert.deepEqual(
    split([caption("0", "2", "a b\nc")], 0, 0).map(({ text }) => text),
    ["a b", "c"],
  );
  assert.deepEqual(
    split([caption("0", "2", "a b c")], 0, 0).map(({ text }) => text),
    ["a b", "c"],
  );
});

test("caption of one word, or without readable times, is not split", () => {
  assert.equal(split([caption("0", "2", "word")], 0, 0), null);
  assert.equal(split([caption("", "2", "two words")], 0, 0), null);
  assert.equal(split([caption("1", "1.001", "two words")], 0, 0), null);
});

test("two captions become one, and the last has nothing after it", () => {
  assert.deepEqual(merge(TWO, 0), [caption("0:00.000", "0:06.000", "One two three four\nFive")]);
  assert.equal(merge(TWO, 1), null);
  assert.equal(merge([], 0), null);
});

test("removed caption is gone and the list given stays", () => {
  assert.deepEqual(remove(TWO, 0), [TWO[1]]);
  assert.equal(TWO.length, 2);
});

test("added caption fits before the next, and is two seconds long at most", () => {
  assert.deepEqual(addAfter([caption("0", "1", "a"), caption("1.5", "3", "b")], 0)[1], caption("0:01.000", "0:01.500", ""));
  assert.deepEqual(addAfter([caption("0", "1", "a")], 0)[1], caption("0:01.000", "0:03.000", ""));
  assert.deepEqual(addAfter([], -1), [caption("0:00.000", "0:02.000", "")]);
});

test("shared edge moves both captions, and leaves each a tenth of a second", () => {
  assert.deepEqual(
    moveEdge(TWO, 0, "end", 5000).map(({ start, end }) => [start, end]),
    [
      ["0:00.000", "0:05.000"],
      ["0:05.000", "0:06.000"],
    ],
  );
  assert.equal(moveEdge(TWO, 0, "end", 60_000)[0].end, "0:05.900");
  assert.equal(moveEdge(TWO, 1, "start", 0)[0].end, "0:00.100");
  assert.equal(moveEdge(TWO, 0, "start", -500)[0].start, "0:00.000");
});

test("edge that is not shared moves alone", () => {
  const apart = [caption("0", "1", "a"), caption("2", "3", "b")];
  assert.deepEqual(
    moveEdge(apart, 0, "end", 1500).map(({ start, end }) => [start, end]),
    [
      ["0", "0:01.500"],
      ["2", "3"],
    ],
  );
});

test("found text is replaced everywhere, or once from a caption on and round again", () => {
  const captions = ["Aa.", "a", "b"].map((text) => caption("0", "1", text));
  const [all, count] = replaceText(captions, "a", "$&");
  assert.deepEqual([all.map(({ text }) => text), count], [["$&$&.", "$&", "b"], 3]);
  const [once, one, index] = replaceText(captions, "a.", "x", 1);
  assert.deepEqual([once.map(({ text }) => text), one, index], [["Ax", "a", "b"], 1, 0]);
  assert.deepEqual(replaceText(captions, "", "x"), [captions, 0, -1]);
});

test("advice names what makes a caption hard to read", () => {
  const bars = { fast: 20, line: 42, lines: 2, shortest: 833, longest: 7000, end: 5000 };
  const names = ["fast", "long line", "many lines", "short", "long", "after end"];
  const templates = Object.fromEntries(names.map((name) => [name, `${name} {n}`]));
  const advice = (start, end, text) => adviceOn(caption(start, end, text), bars, templates);
  assert.deepEqual(advice("0", "2", "Good"), []);
  assert.deepEqual(advice("0", "1", "x".repeat(43)), ["fast 43", "long line 43"]);
  assert.deepEqual(advice("0", "0.5", "a\nb\nc"), ["many lines 3", "short 0.5"]);
  assert.deepEqual(advice("5", "13", "late"), ["long 8.0", "after end "]);
  assert.deepEqual([advice("", "1", "a"), advice("1", "0", "a"), advice("0", "1", " ")], [[], [], []]);
});

test("undo and redo go over whole lists, and a change after undo forgets what was undone", () => {
  const history = new History([]);
  assert.equal(history.go(-1), null);
  history.record([TWO[0]]);
  history.record([TWO[0]]);
  history.record(TWO);
  assert.deepEqual([history.go(-1), history.go(-1), history.go(-1)], [[TWO[0]], [], null]);
  assert.deepEqual(history.go(1), [TWO[0]]);
  history.record([TWO[1]]);
  assert.equal(history.go(1), null);
});
