"""`python -m tools.prose`: measure the English of messages, docstrings, comments and documents.

A sentence of a message may have at most 25 words and reading grade 8 (Flesch-Kincaid). No text may contain a phrase of
tools/odd_words.txt, which gives a better phrase for each. Older findings are in tools/prose_approved.txt. That list
only gets shorter: a finding that is not on it fails, and so does an entry without a finding. `--shrink` removes such
entries; `--all` prints the approved findings too.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pyphen import Pyphen

from tools.prose_texts import MESSAGES, Text, messages, remarks

FOLDER = Path(__file__).parent
ODD_WORDS = FOLDER / "odd_words.txt"
APPROVED = FOLDER / "prose_approved.txt"
MAX_WORDS = 25
MAX_GRADE = 8.0
MIN_WORDS_FOR_A_GRADE = 8
"""Shorter sentences are not graded, because a single long word would decide the grade."""
SENTENCE_END = re.compile(r"(?<=[.!?])[”\")]*\s+|\n+")
WORD = re.compile(r"[^\W_]+(?:[’'.,-][^\W_]+)*")
HYPHENS = Pyphen(lang="en_US")
HEADER = """\
# Findings of `python -m tools.prose` from before its rules: how many, where, and what.
# This list only gets shorter. Reword, then run `python -m tools.prose --shrink`.
"""


@dataclass(frozen=True)
class Finding:
    """A problem in a text. `key` identifies it without the line number."""

    key: str
    line: int
    advice: str

    def __str__(self) -> str:
        where, what = self.key.split(": ", 1)
        return f"{where}:{self.line}: {what}  ({self.advice})" if self.line else f"{self.key}  ({self.advice})"


def sentences(text: str) -> list[str]:
    """Split a text into sentences. A line break also ends a sentence."""
    return [sentence for part in SENTENCE_END.split(text) if (sentence := part.strip())]


def reading_grade(sentence: str) -> float:
    """Return the Flesch-Kincaid grade of one sentence. Syllables are counted by hyphenation."""
    words = WORD.findall(sentence)
    syllables = sum(1 + len(HYPHENS.positions(word)) for word in words)
    return 0.39 * len(words) + 11.8 * syllables / max(len(words), 1) - 15.59


def hard_sentences(text: Text) -> Iterator[Finding]:
    """Yield the sentences of a text that are too long or too hard to read."""
    for sentence in sentences(text.words):
        words = len(WORD.findall(sentence))
        if words > MAX_WORDS:
            yield Finding(f"{text.where}: too long: {sentence}", text.line, f"{words} words")
        elif words >= MIN_WORDS_FOR_A_GRADE and (grade := reading_grade(sentence)) > MAX_GRADE:
            yield Finding(f"{text.where}: too hard: {sentence}", text.line, f"grade {grade:.1f}")


def odd_words(text: Text) -> Iterator[Finding]:
    """Yield the odd phrases of a text. The key contains the sentence for messages, and the file for other texts."""
    for part in sentences(text.words) if text.where == MESSAGES else [text.words]:
        for match in _any_odd_word().finditer(part):
            phrase = match[0][0].lower() + match[0][1:]
            what = f'"{phrase}": {part}' if text.where == MESSAGES else f'"{phrase}"'
            yield Finding(f"{text.where}: {what}", text.line, f"better: {better_words()[phrase]}")


@cache
def better_words() -> dict[str, str]:
    """Return each odd phrase with its replacement."""
    lines = ODD_WORDS.read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" | ", 1) for line in lines if line and not line.startswith("#"))
    return dict(pairs)


@cache
def _any_odd_word() -> re.Pattern[str]:
    phrases = sorted(better_words(), key=len, reverse=True)
    either_case = (f"[{phrase[0].upper()}{phrase[0]}]{re.escape(phrase[1:])}" for phrase in phrases)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(either_case)})(?![\w-])")


def findings(said: Iterable[Text], remarked: Iterable[Text]) -> list[Finding]:
    """Return all problems in messages and in other texts."""
    found = [finding for text in said for rule in (hard_sentences, odd_words) for finding in rule(text)]
    return found + [finding for text in remarked for finding in odd_words(text)]


def read_approved(path: Path = APPROVED) -> Counter[str]:
    """Return the number of approvals of each finding, by key."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" ", 1) for line in lines if line and not line.startswith("#"))
    return Counter({key: int(count) for count, key in pairs})


def write_approved(approved: Counter[str], path: Path = APPROVED) -> None:
    """Write the list of approved findings, sorted."""
    lines = (f"{count} {key}\n" for key, count in sorted(approved.items()) if count > 0)
    path.write_text(HEADER + "".join(lines), encoding="utf-8")


def compare(found: list[Finding], approved: Counter[str]) -> tuple[list[Finding], Counter[str]]:
    """Return the findings that are not approved, and the approvals without a finding."""
    left = Counter(approved)
    new = []
    for finding in found:
        left[finding.key] -= 1
        if left[finding.key] < 0:
            new.append(finding)
    return new, +left


def main(arguments: list[str]) -> int:
    """Print new findings and outdated approvals. Returns 1 if there are any."""
    found = findings(messages(), remarks())
    approved = read_approved()
    new, stale = compare(found, approved)
    if "--shrink" in arguments:
        write_approved(approved - stale)
        stale = Counter()
    for finding in found if "--all" in arguments else new:
        print(finding)
    for key, count in sorted(stale.items()):
        print(f"no longer found, so run `python -m tools.prose --shrink`: {count} {key}")
    print(f"prose: {len(new)} new, {len(found) - len(new)} approved from before, {stale.total()} to be removed")
    return 1 if new or stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
