"""Caption files: WebVTT, SubRip (SRT) and plain text, written and read. Pure.

Whatever a cue holds is text. Writing escapes it, or where the format has no escapes (SRT) sets a space into what would
be markup; reading takes markup out and turns escapes back into characters.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from io import StringIO

from webvtt import Caption, WebVTT
from webvtt.errors import MalformedCaptionError, MalformedFileError

from app.captions.cues import Cue, Word
from app.captions.lines import joined
from app.captions.rules import shape_cues

LARGEST_FILE = 4_000_000
"""Characters; ten hours of captions have about half a million."""
LONGEST_MS = 24 * 3_600_000
PARAGRAPH_MS = 2000
"""A pause this long begins a new paragraph of plain text."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_VTT_TIMES = re.compile(
    r"\s*(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})\.(\d{1,3})\s*-->\s*(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})\.(\d{1,3})(?=\s|$)"
)
_SRT_TIMES = re.compile(
    r"\s*(\d{1,4}):(\d{1,2}):(\d{1,2})[,.](\d{1,3})\s*-->\s*(\d{1,4}):(\d{1,2}):(\d{1,2})[,.](\d{1,3})(?=\s|$)"
)
_SRT_MARKUP = re.compile(r"</?(?:b|i|u|font)(?:\s[^<>]*)?>|\{\\[^{}]*\}", re.IGNORECASE)


class CaptionProblem(StrEnum):
    """What can be wrong with a caption file, in words for the person who chose it."""

    TOO_LARGE = "The file is too large for captions."
    NOT_WEBVTT = "The file does not begin with WEBVTT, so it is not a WebVTT file."
    NOT_SRT = "The file does not begin with a number and a line of times, so it is not an SRT file."
    BAD_TIMES = "This line should hold the start and end of a caption, and cannot be read as times."
    NO_NUMBER = "The number of the caption is missing above its times."
    ENDS_FIRST = "This caption ends before it starts, or takes no time."
    TOO_LATE = "This caption is later than any recording can be."


class CaptionFileError(ValueError):
    """A caption file that cannot be used: `line` (from 1) and `problem`, which is a sentence for people."""

    def __init__(self, line: int, problem: CaptionProblem):
        self.line = line
        self.problem = problem
        super().__init__(f"Line {line}: {problem}")


def write_vtt(cues: Iterable[Cue], *, language: str, notes: Sequence[str]) -> str:
    """Return a WebVTT file. Its first comments give the language and the notes, such as that nobody has checked it.

    `& < >` are escaped, and with them the arrow `-->`. A cue without any text is left out.
    """
    captions = [
        Caption(_clock(cue.start_ms, "."), _clock(cue.end_ms, "."), [html.escape(line, quote=False) for line in lines])
        for cue in cues
        if (lines := clean_lines(cue.text))
    ]
    comments = [_comment(note) for note in (f"Language: {language}", *notes) if note.strip()]
    target = StringIO()
    WebVTT(captions=captions, header_comments=comments).write(target)
    return target.getvalue().rstrip("\n") + "\n"


def read_vtt(text: str) -> list[Cue]:
    """Return the cues of a WebVTT file, by start. Tags are left out, what they enclose stays.

    Raises CaptionFileError for the first line that is not as it should be.
    """
    lines = _lines_of(text)
    if not lines or not re.match(r"WEBVTT(?:[ \t]|$)", lines[0]):
        raise CaptionFileError(1, CaptionProblem.NOT_WEBVTT)
    for number, line in enumerate(lines, start=1):
        if "-->" in line and not line.startswith("NOTE"):
            _check_times(number, _VTT_TIMES.match(line))
    captions = _parsed(lambda: WebVTT.from_string("\n".join(lines)).captions, CaptionProblem.NOT_WEBVTT)
    return _cues(captions, lambda caption: html.unescape(caption.text))


def write_srt(cues: Iterable[Cue]) -> str:
    """Return a SubRip file. It has no escapes: a space is set into arrows and into what players take for markup."""
    blocks: list[str] = []
    for cue in cues:
        lines = [_without_srt_markup(line) for line in clean_lines(cue.text)]
        if lines:
            times = f"{_clock(cue.start_ms, ',')} --> {_clock(cue.end_ms, ',')}"
            blocks.append("\n".join([str(len(blocks) + 1), times, *lines]) + "\n")
    return "\n".join(blocks)


def read_srt(text: str) -> list[Cue]:
    """Return the cues of a SubRip file, by start. Bold, italic, underline and colours are left out.

    Raises CaptionFileError for the first line that is not as it should be.
    """
    lines = _lines_of(text)
    blank = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    if blank == len(lines):
        return []
    for number, line in enumerate(lines, start=1):
        if "-->" in line:
            _check_times(number, _SRT_TIMES.match(line))
            if number == 1 or not re.fullmatch(r"\s*[0-9]+\s*", lines[number - 2]):
                raise CaptionFileError(number, CaptionProblem.NO_NUMBER)
    source = StringIO("\n".join([lines[blank].strip(), *lines[blank + 1 :]]))
    captions = _parsed(lambda: WebVTT.from_buffer(source, format="srt").captions, CaptionProblem.NOT_SRT, blank + 1)
    return _cues(captions, lambda caption: _SRT_MARKUP.sub("", "\n".join(caption.lines)))


def write_text(cues: Iterable[Cue], *, notes: Sequence[str] = ()) -> str:
    """Return the words alone: the notes, then a paragraph for each stretch without a pause of two seconds."""
    paragraphs: list[list[str]] = []
    spoken_until = -PARAGRAPH_MS
    for cue in cues:
        if cue.start_ms - spoken_until >= PARAGRAPH_MS:
            paragraphs.append([])
        paragraphs[-1].extend(clean_lines(cue.text))
        spoken_until = cue.end_ms
    parts = [*("\n".join(clean_lines(note)) for note in notes), *(joined(lines) for lines in paragraphs)]
    return "\n\n".join(part for part in parts if part) + "\n"


def read_text(text: str, *, duration_ms: int) -> list[Cue]:
    """Return cues for words without times, spread over a recording by their length, for a person to correct."""
    words = " ".join(clean_lines(text[:LARGEST_FILE])).split()
    total = max(1, sum(len(word) + 1 for word in words))
    at = 0
    timed = []
    for word in words:
        timed.append(Word(at * duration_ms // total, (at + len(word)) * duration_ms // total, word, 1.0))
        at += len(word) + 1
    return shape_cues(timed, duration_ms=duration_ms)


def clean_lines(text: str) -> list[str]:
    """Return the lines of a text with something in them: no control characters, no space at either end."""
    return [line for raw in text.splitlines() if (line := " ".join("".join(map(_printable, raw)).split()))]


def _printable(character: str) -> str:
    category = unicodedata.category(character)
    if character == "\0" or category == "Cs":
        return "\ufffd"
    return " " if category == "Cc" else character


def _clock(ms: int, point: str) -> str:
    minutes, rest = divmod(ms, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}{point}{rest % 1000:03d}"


def _comment(note: str) -> str:
    return " ".join(clean_lines(note)).replace("-->", "-- >")


def _without_srt_markup(line: str) -> str:
    line = re.sub(r"<(?=[A-Za-z/!?])", "< ", line.replace("-->", "-- >"))
    return line.replace("{\\", "{ \\")


def _lines_of(text: str) -> list[str]:
    if len(text) > LARGEST_FILE:
        raise CaptionFileError(1, CaptionProblem.TOO_LARGE)
    return _LINE_END.split(text.removeprefix("\ufeff"))


def times_in(text: str) -> list[tuple[int, int, int]]:
    """Return the times that a WebVTT or SRT file holds, in its order: (line from 1, start, end), in milliseconds.

    Raises CaptionFileError as the readers do.
    """
    is_vtt = text.removeprefix("\ufeff").startswith("WEBVTT")
    pattern = _VTT_TIMES if is_vtt else _SRT_TIMES
    numbered = enumerate(_lines_of(text), start=1)
    asked = [(number, line) for number, line in numbered if "-->" in line and not (is_vtt and line.startswith("NOTE"))]
    return [(number, *_check_times(number, pattern.match(line))) for number, line in asked]


def _check_times(number: int, match: re.Match[str] | None) -> tuple[int, int]:
    if match is None:
        raise CaptionFileError(number, CaptionProblem.BAD_TIMES)
    fields = [int(field or 0) for field in match.groups()]
    if any(fields[place] >= 60 for place in (1, 2, 5, 6)):  # minutes and seconds
        raise CaptionFileError(number, CaptionProblem.BAD_TIMES)
    start, end = (((h * 60 + m) * 60 + s) * 1000 + ms for h, m, s, ms in (fields[:4], fields[4:]))
    if end <= start:
        raise CaptionFileError(number, CaptionProblem.ENDS_FIRST)
    if end > LONGEST_MS:
        raise CaptionFileError(number, CaptionProblem.TOO_LATE)
    return start, end


def _parsed(parse: Callable[[], list[Caption]], problem: CaptionProblem, line: int = 1) -> list[Caption]:
    try:
        return parse()
    except (MalformedFileError, MalformedCaptionError):
        raise CaptionFileError(line, problem) from None


def _cues(captions: Iterable[Caption], text_of: Callable[[Caption], str]) -> list[Cue]:
    cues = [
        Cue(caption.start_time.in_milliseconds(), caption.end_time.in_milliseconds(), "\n".join(lines))
        for caption in captions
        if (lines := clean_lines(text_of(caption)))
    ]
    return sorted(cues, key=lambda cue: (cue.start_ms, cue.end_ms))
