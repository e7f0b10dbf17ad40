"""The measures of captions name every limit that is missed."""

from __future__ import annotations

from app.captions.shaping.cues import Cue, Word
from app.captions.shaping.measures import measure
from tests.captions.speech import steady


def test_each_missed_limit_is_named() -> None:
    words = (Word(0, 300, "the", 0.9), Word(300, 600, "end", 0.9), Word(4000, 4200, "now", 0.9))
    cues = [
        Cue(0, 250, "oh the", (Word(0, 100, "oh", 0.9), words[0])),
        Cue(200, 9000, "end " + "x" * 60 + "\nnow\nnow", words[1:]),
        Cue(9050, 9060, "late", (Word(7500, 7600, "late", 0.9),)),
    ]
    assert set(measure(cues, words).failures()) == {
        "readable", "fastest", "longest_line", "most_lines", "long_enough", "shortest_ms", "longest_ms", "overlaps",
        "narrow_gaps", "in_time", "silences_spanned", "bad_breaks", "words_kept",
    }  # fmt: skip


def test_word_alone_in_its_cue_is_found() -> None:
    words = steady("We met them. Then we talked about it.")
    cues = [
        Cue(0, 2800, "We met them. Then we talked about", tuple(words[:7])),
        Cue(2800, 4200, "it.", tuple(words[7:])),
    ]
    assert measure(cues, words).failures() == ["lone_words"]
