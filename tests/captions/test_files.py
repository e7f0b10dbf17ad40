"""Caption files from elsewhere: whatever their encoding and order, they are read, or the line is named that cannot be."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.captions.cues import Cue
from app.captions.files import LARGEST_BYTES, Repair, read_file
from app.captions.vtt import CaptionFileError, CaptionProblem

VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\nCafé <b>au</b> lait\n"
SRT = "1\r\n00:00:01,000 --> 00:00:02,000\r\nCafé au lait\r\n"
CAFE = [Cue(1000, 2000, "Café au lait")]


def read(content: bytes, name: str = "captions") -> list[Cue]:
    return list(read_file(content, name=name, duration_ms=10_000).cues)


@pytest.mark.parametrize("text", [VTT, SRT, VTT.replace("\n", "\r\n"), VTT.replace("\n", "\r")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_in_every_encoding_with_a_mark_and_with_every_line_end(text: str, encoding: str) -> None:
    found = read_file(text.encode(encoding), name="captions", duration_ms=10_000)
    assert (list(found.cues), list(found.repairs)) == (CAFE, [])


def test_an_old_srt_file_is_read_and_its_encoding_said_to_be_a_guess() -> None:
    found = read_file(SRT.encode("latin-1"), name="old.srt", duration_ms=10_000)
    assert (list(found.cues), list(found.repairs)) == (CAFE, [(Repair.GUESSED_ENCODING, 0)])


def test_captions_out_of_order_are_sorted_and_the_line_is_named() -> None:
    text = "WEBVTT\n\n00:05.000 --> 00:06.000\ntwo\n\n00:01.000 --> 00:02.000\none\n"
    found = read_file(text.encode(), name="a.vtt", duration_ms=10_000)
    assert [cue.text for cue in found.cues] == ["one", "two"]
    assert list(found.repairs) == [(Repair.SORTED, 6)]


def test_captions_that_overlap_are_shortened_and_the_line_is_named() -> None:
    text = "1\n00:00:01,000 --> 00:00:04,000\none\n\n2\n00:00:03,000 --> 00:00:05,000\ntwo\n"
    found = read_file(text.encode(), name="a.srt", duration_ms=10_000)
    assert list(found.cues) == [Cue(1000, 3000, "one"), Cue(3000, 5000, "two")]
    assert list(found.repairs) == [(Repair.SHORTENED, 6)]


def test_captions_that_begin_together_become_one() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\none\n\n00:01.000 --> 00:03.000\ntwo\n"
    assert read(text.encode()) == [Cue(1000, 3000, "one\ntwo")]


def test_words_without_times_are_spread_and_that_is_said() -> None:
    found = read_file(b"We sailed out and came home.", name="words.txt", duration_ms=4000)
    assert " ".join(cue.text.replace("\n", " ") for cue in found.cues) == "We sailed out and came home."
    assert list(found.repairs) == [(Repair.SPREAD, 0)]


@pytest.mark.parametrize(
    ("text", "name", "line", "problem"),
    [
        ("Hello", "a.vtt", 1, CaptionProblem.NOT_WEBVTT),
        ("WEBVTT\n\nsoon --> later\nHello", "a.vtt", 3, CaptionProblem.BAD_TIMES),
        ("1\n00:00:02,000 --> 00:00:01,000\nHello", "a.srt", 2, CaptionProblem.ENDS_FIRST),
        ("Hello\n00:00:01,000 --> 00:00:02,000\nHello", "a", 2, CaptionProblem.NO_NUMBER),
        ("WEBVTT\n\n99:00:00.000 --> 99:00:01.000\nHello", "a.vtt", 3, CaptionProblem.TOO_LATE),
    ],
)
def test_a_file_that_cannot_be_read_names_the_line(text: str, name: str, line: int, problem: CaptionProblem) -> None:
    with pytest.raises(CaptionFileError) as error:
        read(text.encode(), name)
    assert (error.value.line, error.value.problem) == (line, problem)


def test_an_arrow_among_words_without_times_is_a_word() -> None:
    found = read_file(b"First we sail --> then we land.", name="captions.txt", duration_ms=9000)
    assert " ".join(cue.text for cue in found.cues).split() == ["First", "we", "sail", "-->", "then", "we", "land."]


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(CaptionFileError) as error:
        read(b"x" * (LARGEST_BYTES + 1))
    assert error.value.problem is CaptionProblem.TOO_LARGE


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: ("WEBVTT\n\n" + text).encode()))
@settings(deadline=None)
def test_any_bytes_give_captions_in_order_or_the_line_that_is_wrong(content: bytes) -> None:
    cues: list[Cue] = []
    with suppress(CaptionFileError):  # nothing else may come out of it
        cues = read(content)
    assert all(one.end_ms <= two.start_ms for one, two in pairwise(cues))
    assert all(cue.start_ms < cue.end_ms for cue in cues)
