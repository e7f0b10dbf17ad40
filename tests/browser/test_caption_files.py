"""The W3C's parser and a browser read the caption files of this application without errors, with every character
unchanged.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from app.captions.files.vtt import write_vtt
from app.captions.shaping.cues import Cue

PARSER = (Path(__file__).parent / "webvtt" / "parser.js").read_text()
NASTY = [
    "We sailed out.",
    "two\nlines",
    "<script>alert(1)</script>",
    "<v Bob>one</v> <00:00:01.000> two <b>",
    "00:00:01.000 --> 00:00:02.000",
    "NOTE this is no comment",
    "STYLE\n::cue { background: url(//x) }",
    "WEBVTT",
    "1 < 2 && 3 > 2 &amp; &lt; &nbsp;",
    "שלום עולם\u200f, مرحبا",
    "日本語の字幕",
    "👩‍🚀 & é",
    "7",
]
CUES = [Cue(1000 * place, 1000 * place + 900, text) for place, text in enumerate(NASTY)]
NOTES = ["Automatic captions, not checked by a person.", "--> a note\nof two lines <b>"]
W3C = """text => {
  const entities = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&lrm;": "\u200e", "&rlm;": "\u200f", "&nbsp;": "\u00a0" };
  const parsed = new WebVTTParser(entities).parse(text, "subtitles/captions/descriptions");
  const words = (node) => node.type === "text" ? node.value : (node.children ?? []).map(words).join("");
  const problems = parsed.errors.map(error => `${error.line}:${error.col} ${error.message}`);
  return { problems, cues: parsed.cues.map(cue => [Math.round(cue.startTime * 1000), Math.round(cue.endTime * 1000), words(cue.tree)]) };
}"""
BROWSERS = """text => new Promise((resolve, reject) => {
  const video = document.createElement("video");
  const track = Object.assign(document.createElement("track"), { kind: "captions", default: true });
  track.addEventListener("load", () => resolve([...track.track.cues].map(cue =>
    [Math.round(cue.startTime * 1000), Math.round(cue.endTime * 1000), cue.getCueAsHTML().textContent])));
  track.addEventListener("error", () => reject(new Error("the browser refused the file")));
  track.src = URL.createObjectURL(new Blob([text], { type: "text/vtt" }));
  video.append(track);
  document.body.append(video);
  track.track.mode = "showing";
})"""


@pytest.fixture
def written() -> str:
    return write_vtt(CUES, language="en", notes=NOTES)


def as_written() -> list[list[Any]]:
    return [[cue.start_ms, cue.end_ms, cue.text] for cue in CUES]


def test_w3c_parser_finds_no_error_and_every_caption_unchanged(page: Page, written: str) -> None:
    page.goto("about:blank")
    page.evaluate(PARSER)
    found = page.evaluate(W3C, written)
    assert found["problems"] == []
    assert found["cues"] == as_written()


def test_the_parser_would_find_an_error(page: Page, written: str) -> None:
    page.goto("about:blank")
    page.evaluate(PARSER)
    assert page.evaluate(W3C, written.replace("&lt;script", "<script", 1))["problems"] != []


def test_browser_shows_every_caption_unchanged(page: Page, written: str) -> None:
    page.goto("about:blank")
    assert page.evaluate(BROWSERS, written) == as_written()
