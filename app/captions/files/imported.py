"""The content of a caption file as pages show it. The process that reads the file sends it to the web process. No I/O.

It is smaller than `FileCaptions`: repairs are counted, and only the lines that a page names are listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.captions.files.encodings import sample
from app.captions.files.problems import CaptionFileError, CaptionProblem, Repair, RepairNote
from app.captions.files.reading import FileCaptions
from app.captions.shaping.cues import Cue

MAX_LINES_NAMED = 30
"""Maximum number of lines, or of ranges of lines, named for one kind of repair. All further lines are only counted."""
MAX_CHARACTERS_SHOWN = 300
"""Maximum number of characters shown of a line that was left out."""


@dataclass(frozen=True, slots=True)
class RepairSummary:
    """How often a repair was made, and where: ranges of lines (first, last), and the number of lines after these."""

    repair: Repair
    count: int
    ranges: Sequence[tuple[int, int]]
    more: int = 0


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """The captions of a file, the repairs, the first lines that were left out, and the number of other such lines.

    `samples` has each possible encoding with the start of a line. If there is more than one, a person must choose.
    """

    cues: Sequence[Cue]
    encoding: str
    samples: Sequence[tuple[str, str]]
    repairs: Sequence[RepairSummary] = ()
    left_out: Sequence[tuple[int, str]] = ()
    more_left_out: int = 0

    @property
    def is_guess(self) -> bool:
        """True if several encodings fit, so a person must choose one."""
        return len(self.samples) > 1


def summarise(found: FileCaptions, content: bytes) -> ImportedFile:
    """Return what pages show of a file. `content` has its bytes."""
    left_out = [note for note in found.notes if note.repair is Repair.LEFT_OUT]
    return ImportedFile(
        cues=found.cues,
        encoding=found.encoding,
        samples=[(name, sample(content, name)) for name in found.encodings],
        repairs=_summaries(found.notes),
        left_out=[(note.line, _shortened(note.words)) for note in left_out[:MAX_LINES_NAMED]],
        more_left_out=max(0, len(left_out) - MAX_LINES_NAMED),
    )


def to_json(file: ImportedFile) -> dict[str, Any]:
    """Return an imported file as values for JSON."""
    return {
        "cues": [(cue.start_ms, cue.end_ms, cue.text) for cue in file.cues],
        "encoding": file.encoding,
        "samples": file.samples,
        "repairs": [(each.repair, each.count, each.ranges, each.more) for each in file.repairs],
        "left_out": file.left_out,
        "more_left_out": file.more_left_out,
    }


def error_to_json(error: CaptionFileError) -> dict[str, Any]:
    """Return the reason why a file cannot be used as values for JSON."""
    return {"problem": error.problem, "line": error.line, "kind": error.kind}


def from_json(values: Mapping[str, Any]) -> ImportedFile:
    """Return the imported file of `to_json`.

    Raises the CaptionFileError of `error_to_json`, and KeyError, TypeError or ValueError for other values.
    """
    if "problem" in values:
        raise CaptionFileError(CaptionProblem(values["problem"]), int(values["line"]), kind=str(values["kind"]))
    return ImportedFile(
        cues=[Cue(int(start), int(end), str(text)) for start, end, text in values["cues"]],
        encoding=str(values["encoding"]),
        samples=[(str(name), str(line)) for name, line in values["samples"]],
        repairs=[
            RepairSummary(Repair(repair), int(count), [(int(first), int(last)) for first, last in ranges], int(more))
            for repair, count, ranges, more in values["repairs"]
        ],
        left_out=[(int(line), str(words)) for line, words in values["left_out"]],
        more_left_out=int(values["more_left_out"]),
    )


def _summaries(notes: Sequence[RepairNote]) -> list[RepairSummary]:
    lines: dict[Repair, list[int]] = {}
    for note in notes:
        lines.setdefault(note.repair, []).append(note.line)
    return [_summary(repair, lines[repair]) for repair in Repair if repair in lines and repair is not Repair.LEFT_OUT]


def _summary(repair: Repair, lines: Sequence[int]) -> RepairSummary:
    runs: list[tuple[int, int]] = []
    for line in sorted(set(lines)):
        if runs and line == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], line)
        else:
            runs.append((line, line))
    more = sum(last - first + 1 for first, last in runs[MAX_LINES_NAMED:])
    return RepairSummary(repair, len(lines), runs[:MAX_LINES_NAMED], more)


def _shortened(words: str) -> str:
    return words if len(words) <= MAX_CHARACTERS_SHOWN else words[:MAX_CHARACTERS_SHOWN] + "…"
