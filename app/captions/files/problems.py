"""The problems and repairs of caption files. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CaptionProblem(StrEnum):
    """The reason why a caption file cannot be used. `file_wording` has the message for each reason."""

    TOO_LARGE = "too large"
    TOO_MANY_CUES = "too many cues"
    TOO_MANY_WORDS = "too many words"
    TOO_MANY_FOR_RECORDING = "too many for the recording"
    NO_CAPTION = "no caption"
    BAD_TIMES = "bad times"
    NOT_CAPTIONS = "not captions"
    """The file is not a caption file. `CaptionFileError.kind` says what it is."""
    NOT_TEXT = "not text"
    DAMAGED = "damaged"
    """Too many letters were lost before the file was uploaded."""
    NOT_THIS_ENCODING = "not this encoding"
    TOO_COSTLY = "too costly"
    """Reading the file takes more time or memory than is allowed."""
    NOT_NOW = "not now"
    """The file could not be read for a reason that has nothing to do with it. A retry may help."""


class CaptionFileError(ValueError):
    """A caption file cannot be used.

    `line` counts from 1 (0: the whole file); `kind` says what a file of another kind is.
    """

    def __init__(self, problem: CaptionProblem, line: int = 0, *, kind: str = ""):
        self.problem = problem
        self.line = line
        self.kind = kind
        super().__init__(f"Line {line}: {problem} {kind}".strip())


class Repair(StrEnum):
    """A repair or omission that the user should check."""

    SORTED = "sorted"
    SHORTENED = "shortened"
    JOINED = "joined"
    """Captions that began at the same time were joined."""
    GIVEN_TIME = "given time"
    """The caption ended before it began, or had no duration, so its end was changed to give it one."""
    CUT = "cut"
    """The caption began before the recording, or ended after 24 hours, and was cut."""
    ROLLING = "rolling"
    """The caption repeated lines of the one before it, and those lines were removed."""
    READ_TIMES = "read times"
    """The times are not written as the format requires, but could be read."""
    NO_NUMBER = "no number"
    NO_SIGNATURE = "no signature"
    BLANK_LINE = "blank line"
    """Text after a blank line, which would normally end the caption, was kept in the caption."""
    ARROW = "arrow"
    """A line with an arrow but no times was read as text."""
    BRACKET = "bracket"
    """A "<" that does not begin a tag was kept as text."""
    HIDDEN_MARK = "hidden mark"
    """A byte order mark inside the file was removed. Joining two files can cause this."""
    LOST_LETTERS = "lost letters"
    """Another program replaced letters that it could not decode, before the file was uploaded."""
    LINE_ENDS = "line ends"
    LEFT_OUT = "left out"
    """Text that belongs to no caption, or to a caption with unreadable times, was left out."""
    GUESSED_ENCODING = "guessed encoding"
    SPREAD = "spread"
    """The file has no times, so its words were spread over the recording."""


@dataclass(frozen=True, slots=True)
class RepairNote:
    """A repair, its line number (from 1; 0: the whole file), and the words if they were left out."""

    repair: Repair
    line: int = 0
    words: str = ""
