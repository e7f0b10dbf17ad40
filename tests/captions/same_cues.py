"""Compare the cues that the application's parser reads with those of a browser. The parser must explain each difference
in a note.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.captions.files.cue_text import clean_lines
from app.captions.files.problems import CaptionFileError
from app.captions.files.reading import read_file
from app.captions.files.timed_text import read_timed_text, unify_line_ends
from app.captions.files.timestamps import LATEST_MS
from tests.captions.browser_cues import Shown


@dataclass
class _Moment:
    """All captions with the same start and end: those that a browser reads and those that the application's parser
    reads.
    """

    shown: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    is_noted: bool = False


def plain(text: str) -> str:
    """Return a text as captions are stored: without control characters, surplus spaces and byte order marks."""
    return "\n".join(clean_lines(text.replace("\ufeff", "")))


def differences(text: str, shown: Sequence[Shown] | None) -> list[str]:
    """Describe differences between the application's parser and a browser for captions without a note about their
    lines.

    A caption with a note may have more words than a browser shows, but never fewer.
    """
    moments: dict[tuple[int, int], _Moment] = defaultdict(_Moment)
    for cue in shown or ():
        moments[cue.start_ms, cue.end_ms].shown.append(plain(cue.text))
    if not any(any(moment.shown) and _is_seen(*times) for times, moment in moments.items()):
        return []
    found = read_timed_text(unify_line_ends(text), is_vtt=True)
    noted = {note.line for note in found.notes}
    edges = [*(cue.line for cue in found.cues), 10**9]
    for place, read in enumerate(found.cues):
        moment = moments[read.start_ms, read.end_ms]
        moment.read.append(plain(read.text))
        moment.is_noted |= "\r\r\n" in text or any(edges[place] <= line < edges[place + 1] for line in noted)
    differing = [f"{times}: {moment}" for times, moment in moments.items() if _is_seen(*times) and not _agrees(moment)]
    try:
        read_file(text.encode("utf-8"), name="captions.vtt", duration_ms=10_000)
    except CaptionFileError as error:
        return [*differing, f"refused: {error}"]
    return differing


def _is_seen(start_ms: int, end_ms: int) -> bool:
    return LATEST_MS >= start_ms < end_ms


def _agrees(moment: _Moment) -> bool:
    if not moment.is_noted:
        return sorted(filter(None, moment.shown)) == sorted(filter(None, moment.read))
    shown, read = (Counter("".join("".join(texts).split())) for texts in (moment.shown, moment.read))
    return shown <= read
