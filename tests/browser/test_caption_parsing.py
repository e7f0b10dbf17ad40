"""The application's parser reads every caption of a WebVTT file that Chromium shows."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from tests.captions.browser_cues import Shown, browser_cues
from tests.captions.caption_corpus import corpus, made_up_files
from tests.captions.same_cues import differences

pytestmark = pytest.mark.browser
CHROMIUM = """texts => {
  const read = (text) => new Promise((resolve) => {
    const video = document.createElement("video");
    const track = Object.assign(document.createElement("track"), { kind: "captions", default: true });
    const done = (value) => { URL.revokeObjectURL(track.src); video.remove(); resolve(value); };
    track.addEventListener("load", () => done([...track.track.cues].map(cue =>
      [Math.round(cue.startTime * 1000), Math.round(cue.endTime * 1000), cue.getCueAsHTML().textContent])));
    track.addEventListener("error", () => done(null));
    track.src = URL.createObjectURL(new Blob([text], { type: "text/vtt" }));
    video.append(track);
    document.body.append(video);
    track.track.mode = "showing";
  });
  return Promise.all(texts.map(read));
}"""
AT_ONCE = 100


def read_by_chromium(page: Page, texts: Sequence[str]) -> list[list[Shown] | None]:
    found: list[list[Shown] | None] = []
    for first in range(0, len(texts), AT_ONCE):
        part = page.evaluate(CHROMIUM, list(texts[first : first + AT_ONCE]))
        found += [None if cues is None else sorted(Shown(*cue) for cue in cues) for cues in part]
    return found


def check(page: Page, texts: Sequence[str]) -> None:
    for text, shown in zip(texts, read_by_chromium(page, texts), strict=True):
        expected = browser_cues(text)
        assert shown == (None if expected is None else sorted(expected)), repr(text)
        assert not differences(text, shown), repr(text)


def test_file_is_read_as_chromium_reads_it(page: Page) -> None:
    page.goto("about:blank")
    check(page, corpus())


@settings(max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(st.lists(made_up_files, min_size=10, max_size=30))
def test_generated_file_is_read_as_chromium_reads_it(page: Page, texts: list[str]) -> None:
    page.goto("about:blank")
    check(page, texts)
