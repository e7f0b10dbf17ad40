"""Count wrong, lost and invented words of a transcript, and score it in the manner of NER. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from app.captions.shaping.grammar import Grammar, grammar_of
from tools.demo_model.scoring import matches

MINOR, STANDARD, SERIOUS = 0.25, 0.5, 1.0
"""Weights of NER errors (Romero-Fresco and Martínez, 2015). People decide about each error there; here a rule does."""
SERIOUS_WORDS = 3
"""An error with this many words that are not articles, prepositions and the like is serious: a statement is lost."""
HOUR_SECONDS = 3600


@dataclass(slots=True)
class Edits:
    """What differs between spoken and transcribed words, added up over recordings of `seconds`."""

    said: int = 0
    heard: int = 0
    changed: int = 0
    lost: int = 0
    invented: int = 0
    weight: float = 0.0
    """The sum of the weights of NER errors."""
    seconds: float = field(default=0.0)

    @property
    def wrong(self) -> int:
        """Return the number of changed, lost and invented words."""
        return self.changed + self.lost + self.invented

    @property
    def word_error(self) -> float:
        """Return the wrong words per spoken word."""
        return self.wrong / self.said if self.said else 0.0

    @property
    def ner(self) -> float:
        """Return the NER-like score: 100 if nothing is wrong. Regulators ask for 98."""
        return 100 * (self.heard - self.weight) / self.heard if self.heard else 0.0

    @property
    def invented_an_hour(self) -> float:
        """Return the invented words per hour of sound."""
        return self.invented * HOUR_SECONDS / self.seconds if self.seconds else 0.0

    def add(self, said: Sequence[str], heard: Sequence[str], *, language: str, seconds: float) -> None:
        """Add a recording in this language (BCP 47)."""
        self.said += len(said)
        self.heard += len(heard)
        self.seconds += seconds
        grammar = grammar_of(language)
        for missing, other in _differences(said, heard):
            self.changed += min(len(missing), len(other))
            self.lost += max(0, len(missing) - len(other))
            self.invented += max(0, len(other) - len(missing))
            self.weight += _weight([*missing, *other], grammar)


def _differences(said: Sequence[str], heard: Sequence[str]) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Yield what was said and what was transcribed instead, for each place at which they differ."""
    at, place = 0, 0
    for one, other in [*matches(said, heard)[1], (len(said), len(heard))]:
        if one > at or other > place:
            yield said[at:one], heard[place:other]
        at, place = one + 1, other + 1


def _weight(words: Sequence[str], grammar: Grammar) -> float:
    small = grammar.articles | grammar.binding | grammar.linking
    content = sum(word not in small for word in words)
    return SERIOUS if content >= SERIOUS_WORDS else STANDARD if content else MINOR
