"""Two versions of the same words laid beside each other: which stayed, which went, which came. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum

from app.captions.shaping.cues import Cue, Word
from app.captions.shaping.lines import is_spaceless, joined

EXACT_UP_TO = 2000
"""Words up to which every pair is compared; in longer texts words of more than 1 % of it do not begin a match (difflib)."""
_RUNS = re.compile(r"\S+")


class Fate(StrEnum):
    """What became of a run of words."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Run:
    """Words that follow each other and had the same fate."""

    fate: Fate
    text: str


def with_word_times(edited: Sequence[Cue], earlier: Sequence[Cue]) -> list[Cue]:
    """Return the edited cues with the words of the earlier ones that stand in them unchanged: their times, as heard.

    A word that a person typed has no time and no probability of its own, and is not among a cue's `words`.
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


def compare(earlier: str, later: str) -> list[Run]:
    """Return the words of two versions as runs that stayed, went and came, in reading order."""
    old, new = tokens(earlier), tokens(later)
    runs: list[Run] = []
    here, there = 0, 0
    for at, beside, length in [*_matches(old, new), (len(old), len(new), 0)]:
        parts = ((Fate.REMOVED, old[here:at]), (Fate.ADDED, new[there:beside]), (Fate.KEPT, old[at : at + length]))
        runs += [Run(fate, joined(words)) for fate, words in parts if words]
        here, there = at + length, beside + length
    return runs


def tokens(text: str) -> list[str]:
    """Return the words of a text, and single characters in scripts that are written without spaces."""
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
    """Return (place in old, place in new, length) of what is the same, in order. What the ends share is found first."""
    ahead = 0
    while ahead < min(len(old), len(new)) and old[ahead] == new[ahead]:
        ahead += 1
    behind = 0
    while behind < min(len(old), len(new)) - ahead and old[-1 - behind] == new[-1 - behind]:
        behind += 1
    middle = (old[ahead : len(old) - behind], new[ahead : len(new) - behind])
    between = SequenceMatcher(None, *middle, autojunk=max(map(len, middle)) > EXACT_UP_TO).get_matching_blocks()
    blocks = [
        (0, 0, ahead),
        *((block.a + ahead, block.b + ahead, block.size) for block in between),
        (len(old) - behind, len(new) - behind, behind),
    ]
    return [block for block in blocks if block[2]]
