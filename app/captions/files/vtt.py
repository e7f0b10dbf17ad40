"""Write and read caption files: WebVTT, SubRip (SRT) and plain text. No I/O.

The text of a `Cue` is always plain text. Writing escapes it for WebVTT. SRT has no escapes, so writing inserts a space
wherever text would be read as markup. Reading removes markup and resolves escapes.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from io import StringIO

from webvtt import Caption, WebVTT

from app.captions.files.cue_text import clean_lines
from app.captions.files.limits import MAX_PLAIN_CHARACTERS, MAX_PLAIN_WORDS, MAX_WORDS_A_MINUTE, MIN_PLAIN_WORDS
from app.captions.files.ordering import in_order
from app.captions.files.problems import CaptionFileError, CaptionProblem
from app.captions.files.timed_text import read_timed_text, unify_line_ends
from app.captions.shaping.cues import Cue, Word
from app.captions.shaping.scripts import joined
from app.captions.shaping.shaper import shape_cues

PARAGRAPH_MS = 2000
"""A pause of this length starts a new paragraph of plain text."""


def write_vtt(cues: Iterable[Cue], *, language: str, notes: Sequence[str]) -> str:
    """Return a WebVTT file. Its first comments give the language and the notes, such as "not checked by a person".

    "&", "<" and ">" are escaped, and so is "-->". Cues without text are left out.
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
    """Return the cues of a WebVTT file, sorted by start. Tags are removed but their content is kept."""
    return in_order(read_timed_text(unify_line_ends(text), is_vtt=True).cues)[0]


def write_srt(cues: Iterable[Cue]) -> str:
    """Return a SubRip file. A space is inserted into arrows and into text that players would read as markup."""
    blocks: list[str] = []
    for cue in cues:
        lines = [_without_srt_markup(line) for line in clean_lines(cue.text)]
        if lines:
            times = f"{_clock(cue.start_ms, ',')} --> {_clock(cue.end_ms, ',')}"
            blocks.append("\n".join([str(len(blocks) + 1), times, *lines]) + "\n")
    return "\n".join(blocks)


def read_srt(text: str) -> list[Cue]:
    """Return the cues of a SubRip file, sorted by start. Bold, italic, underline and colour are removed."""
    return in_order(read_timed_text(unify_line_ends(text), is_vtt=False).cues)[0]


def write_text(cues: Iterable[Cue], *, notes: Sequence[str] = ()) -> str:
    """Return the notes and the text of the cues as plain text, without times.

    A pause of two seconds starts a new paragraph.
    """
    paragraphs: list[list[str]] = []
    spoken_until = -PARAGRAPH_MS
    for cue in cues:
        if cue.start_ms - spoken_until >= PARAGRAPH_MS:
            paragraphs.append([])
        paragraphs[-1].extend(clean_lines(cue.text))
        spoken_until = cue.end_ms
    parts = [*("\n".join(clean_lines(note)) for note in notes), *(joined(lines) for lines in paragraphs)]
    return "\n\n".join(part for part in parts if part) + "\n"


def read_text(text: str, *, duration_ms: int, language: str = "en") -> list[Cue]:
    """Return cues for a text without times, in a language (BCP 47).

    The words are spread over the recording by length, for a person to correct.

    Raises CaptionFileError if the text is too long, or has more words than can be spoken in `duration_ms`.
    """
    words = " ".join(clean_lines(text)).split()
    if len(words) > MAX_PLAIN_WORDS or sum(map(len, words)) > MAX_PLAIN_CHARACTERS:
        raise CaptionFileError(CaptionProblem.TOO_MANY_WORDS)
    if len(words) > max(MIN_PLAIN_WORDS, MAX_WORDS_A_MINUTE * duration_ms // 60_000):
        raise CaptionFileError(CaptionProblem.TOO_MANY_FOR_RECORDING)
    total = max(1, sum(len(word) + 1 for word in words))
    at = 0
    timed = []
    for word in words:
        timed.append(Word(at * duration_ms // total, (at + len(word)) * duration_ms // total, word, 1.0))
        at += len(word) + 1
    return shape_cues(timed, duration_ms=duration_ms, language=language)


def _clock(ms: int, point: str) -> str:
    minutes, rest = divmod(ms, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}{point}{rest % 1000:03d}"


def _comment(note: str) -> str:
    return " ".join(clean_lines(note)).replace("-->", "-- >")


def _without_srt_markup(line: str) -> str:
    line = re.sub(r"<(?=[A-Za-z/!?])", "< ", line.replace("-->", "-- >"))
    return line.replace("{\\", "{ \\")
