"""Parse uploaded caption files into cues, and report every repair and every omitted line with its number. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.captions.files import encodings
from app.captions.files.encodings import DecodedText
from app.captions.files.kinds import EXAMINED_BYTES, kind_of_bytes, kind_of_text
from app.captions.files.limits import MAX_CUES, MAX_FILE_BYTES, MAX_FILE_LINES, MAX_FILE_TAGS
from app.captions.files.ordering import in_order
from app.captions.files.problems import CaptionFileError, CaptionProblem, Repair, RepairNote
from app.captions.files.timed_text import has_signature, has_times, read_timed_text, unify_line_ends
from app.captions.files.timestamps import has_arrow, is_broken_timing
from app.captions.files.vtt import read_text
from app.captions.shaping.cues import Cue


@dataclass(frozen=True, slots=True)
class FileCaptions:
    """The parsed captions of a file: cues sorted by start without overlaps, repairs, and possible encodings.

    The file was read as `encoding`. If `encodings` has more than one entry, a person must choose.
    """

    cues: Sequence[Cue]
    notes: Sequence[RepairNote]
    encoding: str
    encodings: Sequence[str]

    @property
    def is_guess(self) -> bool:
        """True if several encodings fit, so a person must choose one."""
        return len(self.encodings) > 1


def read_file(content: bytes, *, name: str, duration_ms: int, language: str = "en", encoding: str = "") -> FileCaptions:
    """Parse a WebVTT, SRT or plain text file. The content decides the format.

    A file without times is plain text, unless its `name` ends in .vtt or .srt: then it is an error.

    `language` (BCP 47) decides which encoding is tried first, unless the user chose one (`encoding`). Text without
    times is spread over `duration_ms`. Raises CaptionFileError if the file is not a caption file or has no captions.
    """
    decoded = _text_of(content, language, encoding)
    text = unify_line_ends(decoded.text)
    if text.count("\n") > MAX_FILE_LINES or text.count("<") > MAX_FILE_TAGS:
        raise CaptionFileError(CaptionProblem.TOO_LARGE)
    notes = [RepairNote(Repair.GUESSED_ENCODING)] if len(decoded.choices) > 1 and not encoding else []
    if "\r\r\n" in decoded.text and text.count("\n") == decoded.text.count("\n"):
        notes.append(RepairNote(Repair.LINE_ENDS))
    notes += [RepairNote(Repair.LOST_LETTERS, line) for line in encodings.damaged_lines(text)]
    if has_signature(text) or has_times(text):
        cues, more = _timed(text, name.lower())
    elif name.lower().endswith((".vtt", ".srt")):
        broken = next((number for number, line in enumerate(text.split("\n"), 1) if is_broken_timing(line)), 0)
        raise CaptionFileError(CaptionProblem.BAD_TIMES if broken else CaptionProblem.NO_CAPTION, broken)
    else:
        cues, more = read_text(text, duration_ms=duration_ms, language=language), [RepairNote(Repair.SPREAD)]
    if not cues:
        raise CaptionFileError(CaptionProblem.NO_CAPTION)
    return FileCaptions(cues, sorted([*notes, *more], key=lambda note: note.line), decoded.encoding, decoded.choices)


def _text_of(content: bytes, language: str, encoding: str) -> DecodedText:
    kind = kind_of_bytes(content) or kind_of_text(content[:EXAMINED_BYTES].decode("latin-1"))
    if kind:
        raise CaptionFileError(CaptionProblem.NOT_CAPTIONS, kind=kind)
    if len(content) > MAX_FILE_BYTES:
        raise CaptionFileError(CaptionProblem.TOO_LARGE)
    decoded = encodings.decode(content, language=language, encoding=encoding)
    if decoded is None and encoding:
        raise CaptionFileError(CaptionProblem.NOT_THIS_ENCODING)
    if decoded is None or not encodings.is_text(decoded.text):
        raise CaptionFileError(CaptionProblem.NOT_TEXT)
    kind = kind_of_text(decoded.text)
    if kind:
        raise CaptionFileError(CaptionProblem.NOT_CAPTIONS, kind=kind)
    if encodings.is_damaged(decoded.text):
        raise CaptionFileError(CaptionProblem.DAMAGED)
    return decoded


def _timed(text: str, name: str) -> tuple[list[Cue], list[RepairNote]]:
    is_signed = has_signature(text)
    found = read_timed_text(text, is_vtt=is_signed)
    if len(found.cues) > MAX_CUES:
        raise CaptionFileError(CaptionProblem.TOO_MANY_CUES)
    cues, notes = in_order(found.cues)
    if not cues:
        broken = next(
            (note.line for note in found.notes if note.repair is Repair.LEFT_OUT and has_arrow(note.words)), 0
        )
        raise CaptionFileError(CaptionProblem.BAD_TIMES if broken else CaptionProblem.NO_CAPTION, broken)
    unsigned = [RepairNote(Repair.NO_SIGNATURE, 1)] if name.endswith(".vtt") and not is_signed else []
    return cues, [*unsigned, *found.notes, *notes]
