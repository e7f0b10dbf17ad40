"""The application's parser returns every caption that a browser shows, with its times and words, or a note that
explains the difference.

These tests use `browser_cues` instead of a browser. `tests/browser/test_caption_parsing.py` compares it with Chromium.
"""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from app.captions.files.problems import CaptionFileError
from app.captions.files.reading import read_file
from tests.captions.browser_cues import browser_cues
from tests.captions.caption_corpus import corpus, made_up_files
from tests.captions.same_cues import differences


def test_every_shape_of_file_has_the_captions_that_a_browser_shows() -> None:
    assert [(text, found) for text in corpus() if (found := differences(text, browser_cues(text)))] == []


def test_the_shapes_are_many_and_most_of_them_show_captions() -> None:
    files = corpus()
    assert sum(bool(browser_cues(text)) for text in files) > 0.9 * len(files) > 1500


@settings(max_examples=400, deadline=None)
@given(made_up_files)
def test_made_up_files_have_the_captions_that_a_browser_shows(text: str) -> None:
    assert differences(text, browser_cues(text)) == []


@settings(max_examples=200, deadline=None)
@given(made_up_files | st.text(), st.sampled_from(["a.vtt", "a.srt", "a.txt"]))
def test_captions_that_are_read_have_words_and_do_not_overlap(text: str, name: str) -> None:
    try:
        cues = read_file(text.encode("utf-8", errors="replace"), name=name, duration_ms=10_000).cues
    except CaptionFileError:
        return
    assert all(cue.text and 0 <= cue.start_ms < cue.end_ms for cue in cues)
    assert all(one.end_ms <= two.start_ms for one, two in pairwise(cues))
