"""Compare two versions of a text word by word: which words were kept, removed or added. No I/O."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum

from app.captions.shaping.cues import Cue, Word
from app.captions.shaping.scripts import is_spaceless, joined

EXACT_UP_TO = 2000
"""Maximum number of words in a text for an exact comparison.

In a longer text, difflib does not start a match at words that make up more than 1 % of the text.
"""
MAX_PAIRS = 4_000_000
"""Maximum number of pairs of equal words in the middle of two texts. With more, the whole middle counts as changed.

Such texts have hundreds of thousands of words, and comparing them would take a web process minutes. Two different
transcripts of hours of speech have a tenth of it.
"""
_RUNS = re.compile(r"\S+")


class Fate(StrEnum):
    """Whether a run of words was kept, removed or added."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class WordRun:
    """Consecutive words with the same fate."""

    fate: Fate
    text: str


def with_word_times(edited: Sequence[Cue], earlier: Sequence[Cue]) -> list[Cue]:
    """Return the edited cues, with the speech model's times for all words that were not changed.

    The times come from the words of the earlier cues. A word that a person typed has neither a time nor a probability,
    so it is not listed in `Cue.words`.
    """
    heard = [word for cue in earlier for word in cue.words]
    old = [(token, index) for index, word in enumerate(heard) for token in tokens(word.text)]
    new = [(token, index) for index, cue in enumerate(edited) for token in tokens(cue.text)]
    sizes = [len(tokens(word.text)) for word in heard]
    found: list[list[Word]] = [[] for _ in edited]
    for at, beside, length in _matches([token for token, _ in old], [token for token, _ in new]):
        for step in range(length):
            index = old[at + step][1]
            last = step + sizes[index] - 1
            begins = at + step == 0 or old[at + step - 1][1] != index
            if begins and last < length and new[beside + step][1] == new[beside + last][1]:
                found[new[beside + step][1]].append(heard[index])
    return [replace(cue, words=tuple(words)) for cue, words in zip(edited, found, strict=True)]


def compare(earlier: str, later: str) -> list[WordRun]:
    """Return the words of both versions, in reading order, as runs of kept, removed and added words."""
    old, new = tokens(earlier), tokens(later)
    runs: list[WordRun] = []
    here, there = 0, 0
    for at, beside, length in [*_matches(old, new), (len(old), len(new), 0)]:
        parts = ((Fate.REMOVED, old[here:at]), (Fate.ADDED, new[there:beside]), (Fate.KEPT, old[at : at + length]))
        runs += [WordRun(fate, joined(words)) for fate, words in parts if words]
        here, there = at + length, beside + length
    return runs


def tokens(text: str) -> list[str]:
    """Return the words of a text. In scripts without spaces, each character counts as a word."""
    return [part for run in _RUNS.findall(text) for part in _parts(run)]


def _parts(run: str) -> list[str]:
    parts: list[str] = []
    is_open = False
    for character in run:
        alone = is_spaceless(character)
        if is_open and not alone:
            parts[-1] += character
        else:
            parts.append(character)
        is_open = not alone
    return parts


def _matches(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int]]:
    """Return the matching stretches, in order, as (index in old, index in new, length).

    The common beginning and end are found first; difflib compares only the middle.
    """
    ahead = 0
    while ahead < min(len(old), len(new)) and old[ahead] == new[ahead]:
        ahead += 1
    behind = 0
    while behind < min(len(old), len(new)) - ahead and old[-1 - behind] == new[-1 - behind]:
        behind += 1
    middle = (old[ahead : len(old) - behind], new[ahead : len(new) - behind])
    is_long = max(map(len, middle)) > EXACT_UP_TO
    between = []
    if not is_long or _pairs(*middle) <= MAX_PAIRS:
        between = SequenceMatcher(None, *middle, autojunk=is_long).get_matching_blocks()
    blocks = [
        (0, 0, ahead),
        *((block.a + ahead, block.b + ahead, block.size) for block in between),
        (len(old) - behind, len(new) - behind, behind),
    ]
    return [block for block in blocks if block[2]]


def _pairs(old: Sequence[str], new: Sequence[str]) -> int:
    """Return the number of pairs of equal words at which difflib may start a match."""
    counts = Counter(new)
    most = len(new) // 100 + 1
    return sum(count * counts[word] for word, count in Counter(old).items() if counts[word] <= most)
