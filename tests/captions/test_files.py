"""Uploaded caption files: readable captions are kept, and every line that is repaired or omitted is reported."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.captions.files.limits import MAX_CUES, MAX_FILE_BYTES, MAX_PLAIN_CHARACTERS, MAX_PLAIN_WORDS, MIN_PLAIN_WORDS
from app.captions.files.problems import CaptionFileError, CaptionProblem, Repair, RepairNote
from app.captions.files.reading import FileCaptions, read_file
from app.captions.shaping.cues import Cue

CASES = Path(__file__).parent / "cases"
VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\nCafé <b>au</b> lait\n"
SRT = "1\r\n00:00:01,000 --> 00:00:02,000\r\nCafé au lait\r\n"
CAFE = [Cue(1000, 2000, "Café au lait")]
FIRST, SECOND = Cue(1000, 2000, "First words."), Cue(3000, 4000, "Second words.")


def found_in(content: bytes | str, name: str = "captions") -> FileCaptions:
    return read_file(content.encode() if isinstance(content, str) else content, name=name, duration_ms=10_000)


def vtt(*texts: str) -> str:
    """Return a WebVTT file of captions of one second each, without gaps."""
    cues = (f"00:{place:02}.000 --> 00:{place + 1:02}.000\n{text}" for place, text in enumerate(texts))
    return "\n\n".join(["WEBVTT", *cues])


def read(content: bytes | str, name: str = "captions") -> list[Cue]:
    return list(found_in(content, name).cues)


def notes_on(content: bytes | str, name: str = "captions") -> list[tuple[Repair, int]]:
    return [(note.repair, note.line) for note in found_in(content, name).notes]


def refusal(content: bytes | str, name: str = "captions") -> CaptionFileError:
    with pytest.raises(CaptionFileError) as caught:
        read(content, name)
    return caught.value


@pytest.mark.parametrize(
    ("name", "cues", "notes"),
    [
        ("arrow-text.srt", [Cue(1000, 2000, "I went A --> B that year."), Cue(3000, 4000, "Next.")], [(Repair.ARROW, 3)]),
        ("blank-first.vtt", [FIRST], [(Repair.NO_SIGNATURE, 2)]),
        (
            "blank-inside.vtt",
            [Cue(1000, 2000, "First line.\nSecond line of the same caption."), Cue(3000, 4000, "Next caption.")],
            [(Repair.BLANK_LINE, 6)],
        ),
        ("bom-mid.srt", [FIRST, SECOND, Cue(5000, 6000, "Third words.")], [(Repair.HIDDEN_MARK, 9)]),
        ("comma.vtt", [FIRST, SECOND], [(Repair.READ_TIMES, 3), (Repair.READ_TIMES, 6)]),
        ("crcrlf.srt", [FIRST, SECOND], [(Repair.LINE_ENDS, 0)]),
        ("negative.srt", [Cue(3000, 4333, "Backwards."), Cue(5000, 6000, "Next.")], [(Repair.GIVEN_TIME, 2)]),
        ("no-fraction.srt", [FIRST], [(Repair.READ_TIMES, 2)]),
        ("no-numbers.srt", [FIRST, SECOND], [(Repair.NO_NUMBER, 1), (Repair.NO_NUMBER, 4)]),
        ("note-arrow.vtt", [FIRST], []),
        ("six-digit-fraction.vtt", [Cue(1000, 2500, "First words.")], [(Repair.READ_TIMES, 3)]),
        ("srt-hoursless.srt", [FIRST], [(Repair.READ_TIMES, 2)]),
        ("srt-named.vtt", [FIRST, SECOND], [(Repair.NO_SIGNATURE, 1)]),
        (
            "teams-unattributed.vtt",
            [Cue(2100, 6500, "I worked in a bakery."), Cue(6600, 9000, "Then a school.")],
            [(Repair.BLANK_LINE, 5), (Repair.BLANK_LINE, 9)],
        ),
        ("webvtt-lower.vtt", [FIRST], [(Repair.NO_SIGNATURE, 1)]),
        (
            "zero-length.srt",
            [Cue(1000, 2000, "First words"), Cue(2000, 3000, "of a sentence."), Cue(3000, 4000, "Next.")],
            [(Repair.GIVEN_TIME, 6)],
        ),
        (
            "youtube-rolling.vtt",
            [Cue(160, 3439, "I worked in a bakery"), Cue(3439, 5759, "and then in a school"), Cue(5759, 8000, "which I liked")],
            [(Repair.ROLLING, line) for line in (9, 13, 17, 21)],
        ),
    ],
)  # fmt: skip
def test_one_bad_line_leaves_the_rest_and_is_named(name: str, cues: list[Cue], notes: list[tuple[Repair, int]]) -> None:
    content = (CASES / name).read_bytes()
    assert (read(content, name), notes_on(content, name)) == (cues, notes)


@pytest.mark.parametrize("text", [VTT, SRT, VTT.replace("\n", "\r\n"), VTT.replace("\n", "\r")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_file_is_read_in_every_encoding_of_unicode_and_with_every_line_end(text: str, encoding: str) -> None:
    found = found_in(text.encode(encoding))
    assert (list(found.cues), list(found.notes), found.is_guess) == (CAFE, [], False)


def test_captions_out_of_order_are_sorted_and_the_line_is_named() -> None:
    text = "WEBVTT\n\n00:05.000 --> 00:06.000\ntwo\n\n00:01.000 --> 00:02.000\none\n"
    assert [cue.text for cue in read(text)] == ["one", "two"]
    assert notes_on(text) == [(Repair.SORTED, 6)]


def test_captions_that_overlap_are_shortened_and_the_line_is_named() -> None:
    text = "1\n00:00:01,000 --> 00:00:04,000\none\n\n2\n00:00:03,000 --> 00:00:05,000\ntwo\n"
    assert read(text) == [Cue(1000, 3000, "one"), Cue(3000, 5000, "two")]
    assert notes_on(text) == [(Repair.SHORTENED, 6)]


def test_captions_that_begin_together_become_one_and_the_line_is_named() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\none\n\n00:01.000 --> 00:03.000\ntwo\n"
    assert read(text) == [Cue(1000, 3000, "one\ntwo")]
    assert notes_on(text) == [(Repair.JOINED, 6)]


def test_words_without_times_are_spread_and_that_is_said() -> None:
    found = read_file(b"We sailed out and came home.", name="words.txt", duration_ms=4000)
    assert " ".join(cue.text.replace("\n", " ") for cue in found.cues) == "We sailed out and came home."
    assert list(found.notes) == [RepairNote(Repair.SPREAD)]


@pytest.mark.parametrize(
    ("text", "cues", "notes"),
    [
        ("0:00:01.000,0:00:02.000\nFirst words.\n\n0:00:03.000,0:00:04.000\nSecond words.", [FIRST, SECOND], 4),
        ("1\n00:00:01,000 -> 00:00:02,000\nFirst words.", [FIRST], 1),
        ("1\n00:00:01,000 --&gt; 00:00:02,000\nFirst words.", [FIRST], 1),
        ("1\n00:00:01,000 --> 00:00:02,000\nFirst words.\n\n2\n00:00:03,000 -> 00:00:04,000\nSecond words.", [FIRST, SECOND], 1),
        ("WEBVTT\n\n00:01.000 –> 00:02.000\nFirst words.\n\n00:03.000 --> 00:04.000\nSecond words.", [FIRST, SECOND], 1),
        ("1\n00:00:01,000 --> 00:00:02,000\n0:01 -> 0:02\n\n2\n00:00:03,000 --> 00:00:04,000\nSecond words.",
         [Cue(1000, 2000, "0:01 -> 0:02"), SECOND], 0),
        ("1\n00:00:01,000 --> 00:00:02,000\nFirst words.\n\n3 -> 4\n\n2\n00:00:03,000 --> 00:00:04,000\nSecond words.",
         [Cue(1000, 2000, "First words.\n3 -> 4"), SECOND], 1),
        ("1\n00:00:01:00 --> 00:00:02:00\nFirst words.", [FIRST], 1),
        ("1\n00:00:01, 000 --> 00:00:02, 000\nFirst words.", [FIRST], 1),
        ("1\n00:00:01.000 --> 00:00:02.000 X1:40 X2:600\nFirst words.", [FIRST], 0),
        ("1\n00:00:01,000 --> 00:00:02,000\nFirst words.\n2\n00:00:03,000 --> 00:00:04,000\nSecond words.", [FIRST, SECOND], 0),
        ("1\n00:00:01,000 --> 00:00:02,000\nFirst words.\n\n2\n\n3\n00:00:03,000 --> 00:00:04,000\nSecond words.", [FIRST, SECOND], 0),
        ("1\n-00:00:01,000 --> 00:00:02,000\nFirst words.", [Cue(0, 2000, "First words.")], 2),
        ("00:00:01,000 --> 00:00:02,000\nIn\n1999\n\n00:00:03,000 --> 00:00:04,000\nSecond words.",
         [Cue(1000, 2000, "In\n1999"), SECOND], 2),
        ("1\n00:00:01,000 --> 00:00:02,000\n{\\an8}<font color=\"red\">First</font> words.", [FIRST], 0),
        ("1\n00:00:01,000 --> 00:00:02,000\nOne<br/>two &amp; 3 < 4", [Cue(1000, 2000, "One\ntwo &amp; 3 < 4")], 0),
    ],
)  # fmt: skip
def test_unusual_but_clear_notations_are_read(text: str, cues: list[Cue], notes: int) -> None:
    assert (read(text), len(notes_on(text))) == (cues, notes)


@pytest.mark.parametrize(
    ("text", "cues", "left_out"),
    [
        ("Title\n\n1\n00:00:01,000 --> 00:00:02,000\nFirst words.", [FIRST], [(1, "Title")]),
        ("1\n00:00:01,000 --> 00:00:02,000\nFirst words.\n\n2\n00:00:03,000 --> soon\nLost.\n\n"
         "3\n00:00:03,000 --> 00:00:04,000\nSecond words.", [FIRST, SECOND], [(6, "00:00:03,000 --> soon"), (7, "Lost.")]),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nFirst words.\n\n99:00:00.000 --> 99:00:01.000\nLate.", [FIRST], [(6, "Late.")]),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nFirst <laughs> words.", [FIRST], [(3, "<laughs>")]),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nFirst words.\n\nWEBVTT - part 2\nX-TIMESTAMP-MAP=LOCAL:0\n\n"
         "00:03.000 --> 00:04.000\nSecond words.", [FIRST, SECOND], [(6, "WEBVTT - part 2"), (7, "X-TIMESTAMP-MAP=LOCAL:0")]),
    ],
)  # fmt: skip
def test_unclear_lines_are_left_out_and_their_words_are_named(
    text: str, cues: list[Cue], left_out: list[tuple[int, str]]
) -> None:
    found = found_in(text)
    assert list(found.cues) == cues
    assert [(note.line, note.words) for note in found.notes if note.repair is Repair.LEFT_OUT] == left_out


def test_lines_that_roll_up_are_there_once_and_what_was_said_twice_stays_twice() -> None:
    assert [cue.text for cue in read(vtt("a", "a\nb", "a\nb\nc", "b\nc\nd"))] == ["a", "b", "c", "d"]
    times = ("01,000 --> 00:00:02,000", "02,000 --> 00:00:02,010", "02,010 --> 00:00:03,000", "03,000 --> 00:00:03,010")
    short = "\n\n".join(f"00:00:{time}\n{text}" for time, text in zip(times, ("a", "a", "a\nb", "b"), strict=True))
    assert [cue.text for cue in read(short, "captions.srt")] == ["a", "b"]
    said = ["No.", "No.", "No.\nWhy?", "Well."]
    assert [cue.text for cue in read(vtt(*said))] == said


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a.vtt", "picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a.srt", "picture"),
        (b"GIF89a\x01\0\x01\0\0\0\0", "a.vtt", "picture"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "a.vtt", "picture"),
        (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "a.vtt", "picture"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "captions.vtt", "pdf"),
        (b"PK\x03\x04\x14\0\0\0\x08\0word/document.xml", "a.srt", "word"),
        (b"PK\x03\x04\x14\0\0\0\x08\0mimetypeapplication/vnd.oasis.opendocument.text", "a.srt", "word"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "a.srt", "word"),
        (b"{\\rtf1\\ansi 00:00:01,000 --> 00:00:02,000}", "a.srt", "word"),
        (b"PK\x03\x04\x14\0\0\0\x08\0xl/workbook.xml", "a.srt", "spreadsheet"),
        (b"PK\x03\x04\x14\0\0\0\x08\0captions.srt", "a.srt", "archive"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "a.srt.gz", "archive"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "a.srt", "archive"),
        (b"Rar!\x1a\x07\x01\0", "a.srt", "archive"),
        (b"\x1aE\xdf\xa3\x01\0\0\0", "a.vtt", "recording"),
        (b"\0\0\0\x18ftypmp42", "a.vtt", "recording"),
        (b"OggS\0\x02\0\0", "a.vtt", "recording"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "a.vtt", "recording"),
        (b"MZ\x90\0\x03\0\0\0", "a.vtt", "program"),
        (b"<!DOCTYPE html><title>00:01.000 --> 00:02.000</title>", "a.vtt", "web page"),
        (b"<html>\n00:00:01,000 --> 00:00:02,000\nx\n</html>", "a.srt", "web page"),
        (b'<?xml version="1.0"?>\n<tt xmlns="http://www.w3.org/ns/ttml"><body/></tt>', "a.vtt", "TTML"),
        (b"<SAMI><BODY><SYNC Start=0>", "a.srt", "SAMI"),
        (b"[Script Info]\nTitle: x\n", "a.srt", "SubStation Alpha"),
        (b"{25}{50}Hello", "a.srt", "MicroDVD"),
        (b"[00:12.00]Hello", "a.txt", "LRC"),
        (b"Scenarist_SCC V1.0\n", "a.txt", "SCC"),
        (b'{"events": []}', "a.vtt", "JSON"),
        (b'[{"start": 1}]', "a.vtt", "JSON"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_refused_and_its_kind_is_named(content: bytes, name: str, kind: str) -> None:
    error = refusal(content, name)
    assert (error.problem, error.kind) == (CaptionProblem.NOT_CAPTIONS, kind)
    assert (refusal(content + b"x" * 3_000_000, name).kind) == kind


def test_words_that_begin_as_another_format_does_are_words() -> None:
    for text in ("BM stands for Bergmann.", "GIF8 is no picture", "MZ and I", "[10 people laugh]", "BZh, said the bee"):
        assert " ".join(cue.text for cue in read(text, "a.txt")).replace("\n", " ") == text


@pytest.mark.parametrize(
    ("content", "name", "line", "problem"),
    [
        (b"Hello", "a.vtt", 0, CaptionProblem.NO_CAPTION),
        (b"", "a.vtt", 0, CaptionProblem.NO_CAPTION),
        (b"", "a.txt", 0, CaptionProblem.NO_CAPTION),
        (b" \n\n", "a", 0, CaptionProblem.NO_CAPTION),
        (b"WEBVTT\n\n", "a", 0, CaptionProblem.NO_CAPTION),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n\n", "a", 0, CaptionProblem.NO_CAPTION),
        (b"WEBVTT\n\nsoon --> later\nHello", "a.vtt", 3, CaptionProblem.BAD_TIMES),
        (b"1\n00:00:01;000 --> 00:00:02;000\nHello", "a.srt", 2, CaptionProblem.BAD_TIMES),
        (b"WEBVTT\n\n99:00:00.000 --> 99:00:01.000\nHello", "a.vtt", 0, CaptionProblem.NO_CAPTION),
        (b"\0\1\2\3" * 100, "a.vtt", 0, CaptionProblem.NOT_TEXT),
        (bytes(range(256)) * 4, "a.srt", 0, CaptionProblem.NOT_TEXT),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nC\ufffdf\ufffd \ufffd l\ufffd".encode(), "a", 0, CaptionProblem.DAMAGED),
        (b"x " * (MAX_FILE_BYTES // 2 + 1), "a", 0, CaptionProblem.TOO_LARGE),
        (b"x " * (MAX_PLAIN_WORDS + 1), "a", 0, CaptionProblem.TOO_MANY_WORDS),
        (b"x" * (MAX_PLAIN_CHARACTERS + 1), "a", 0, CaptionProblem.TOO_MANY_WORDS),
        (b"x " * (MIN_PLAIN_WORDS + 1), "a", 0, CaptionProblem.TOO_MANY_FOR_RECORDING),
        (b"0:01.0 --> 0:02.0\nx\n\n" * (MAX_CUES + 1), "a", 0, CaptionProblem.TOO_MANY_CUES),
    ],
)
def test_a_file_without_captions_says_why(content: bytes, name: str, line: int, problem: CaptionProblem) -> None:
    error = refusal(content, name)
    assert (error.problem, error.line) == (problem, line)


def test_letters_that_were_lost_are_named_by_their_line() -> None:
    said = "We sailed out of the harbour at dawn, and it was good. " * 3
    text = f"WEBVTT\n\n00:01.000 --> 00:02.000\n{said}Caf\ufffd\n"
    assert notes_on(text) == [(Repair.LOST_LETTERS, 4)]


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u3000"])
def test_times_with_another_space_around_the_arrow_are_read(space: str) -> None:
    for name, text in (
        ("a.srt", "1\n00:00:01,000{0}-->{0}00:00:02,000\nFirst words."),
        ("a.vtt", "WEBVTT\n\n00:01.000{0}-->{0}00:02.000\nFirst words."),
    ):
        found = found_in(text.format(space), name)
        assert [(cue.start_ms, cue.end_ms, cue.text) for cue in found.cues] == [(1000, 2000, "First words.")]
        assert [note.repair for note in found.notes] == [Repair.READ_TIMES]


def test_an_arrow_among_words_without_times_is_a_word() -> None:
    found = read("First we sail --> then we land.", "captions.txt")
    assert " ".join(cue.text for cue in found).split() == ["First", "we", "sail", "-->", "then", "we", "land."]


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: ("WEBVTT\n\n" + text).encode()))
@settings(deadline=None)
def test_any_bytes_give_captions_in_order_or_a_reason(content: bytes) -> None:
    cues: list[Cue] = []
    with suppress(CaptionFileError):  # no other error may occur
        cues = read(content)
    assert all(one.end_ms <= two.start_ms for one, two in pairwise(cues))
    assert all(cue.start_ms < cue.end_ms for cue in cues)
