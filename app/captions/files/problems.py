"""What can be wrong with a caption file, and what was put right in it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MAX_FILE_BYTES = 2 * 1024 * 1024
"""Ten hours of captions have about one MiB, three hours with a time for every word two."""
MAX_CUES = 10_000
"""Of a file: ten hours of speech have about 9,000."""
MAX_PLAIN_WORDS = 10_000
MAX_PLAIN_CHARACTERS = 80_000
"""Of words without times: an hour of speech. To choose a time for each is the longest work that a file makes (3 s)."""
MAX_WORDS_A_MINUTE = 600
MIN_PLAIN_WORDS = 200
"""More words than anybody says in a recording are not its words; in the shortest one a few are let through."""


class CaptionProblem(StrEnum):
    """Why a file cannot be used; `wording` has the words for the person who chose it."""

    TOO_LARGE = "too large"
    TOO_MANY_CUES = "too many cues"
    TOO_MANY_WORDS = "too many words"
    TOO_MANY_FOR_RECORDING = "too many for the recording"
    NO_CAPTION = "no caption"
    BAD_TIMES = "bad times"
    NOT_CAPTIONS = "not captions"
    """It is something else, which `CaptionFileError.kind` names."""
    NOT_TEXT = "not text"
    DAMAGED = "damaged"
    """Its letters were lost before it came here."""
    NOT_THIS_ENCODING = "not this encoding"


class CaptionFileError(ValueError):
    """A caption file that cannot be used: the problem, the line (from 1; 0: all of it), and what the file is instead."""

    def __init__(self, problem: CaptionProblem, line: int = 0, *, kind: str = ""):
        self.problem = problem
        self.line = line
        self.kind = kind
        super().__init__(f"Line {line}: {problem} {kind}".strip())


class Repair(StrEnum):
    """What was put right in a file or left out of it, for the person to look at."""

    SORTED = "sorted"
    SHORTENED = "shortened"
    JOINED = "joined"
    """Two captions begin at one moment: they are one caption now."""
    GIVEN_TIME = "given time"
    """It ended before it began, or took no time."""
    CUT = "cut"
    """It began before the recording, or ended more than a day later."""
    ROLLING = "rolling"
    """It repeated lines of the caption before it."""
    READ_TIMES = "read times"
    """Its times are written in another way than the format has it."""
    NO_NUMBER = "no number"
    NO_SIGNATURE = "no signature"
    BLANK_LINE = "blank line"
    """Words after a blank line, which would end the caption: they are part of it."""
    ARROW = "arrow"
    """An arrow among words."""
    BRACKET = "bracket"
    """A < that begins no tag: it is kept as text."""
    HIDDEN_MARK = "hidden mark"
    """A byte order mark in the middle, as where two files were joined."""
    LOST_LETTERS = "lost letters"
    """A program could not read some letters, and wrote a sign for them."""
    LINE_ENDS = "line ends"
    LEFT_OUT = "left out"
    """Words that belong to no caption, or to one whose times cannot be read."""
    GUESSED_ENCODING = "guessed encoding"
    SPREAD = "spread"
    """The file has no times: its words were spread over the recording."""


@dataclass(frozen=True, slots=True)
class RepairNote:
    """A repair, the line that it is about (from 1; 0: the whole file), and the words that were left out."""

    repair: Repair
    line: int = 0
    words: str = ""
