"""Where in an answer the words that were searched for are said. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from app.review.query import Query, Term
from app.review.words import stem, tokens


@dataclass(frozen=True, slots=True)
class SpokenCue:
    """A cue of an answer, or a sentence of one in writing (`id` and `start_ms` are None then)."""

    id: int | None
    start_ms: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A hit: the cue in which it begins, its text on one line, and what to mark as (start, end) characters of it.

    A phrase that goes on in the next cue brings that cue's text along.
    """

    cue_id: int | None
    start_ms: int | None
    text: str
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a term is said: the numbers of its first and last word in the answer."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Place:
    """Hits that share a cue: the numbers of the first and last cue that they touch."""

    first_cue: int
    last_cue: int
    hits: tuple[Hit, ...]


class SaidWords:
    """All words of an answer in order, as they were said and by their stems, and which cue each stands in.

    Words are looked for across the ends of cues: where a cue ends is the caption shaper's choice, not the speaker's.
    """

    def __init__(self, words: Sequence[Sequence[str]], stems: Sequence[Sequence[str]]):
        """Take the words of each cue, and their stems."""
        self.words = [word for cue in words for word in cue]
        self.stems = [stem for cue in stems for stem in cue]
        self.starts = list(accumulate((len(cue) for cue in words), initial=0))[:-1]

    @classmethod
    def from_cues(cls, cues: Iterable[SpokenCue], language: str) -> SaidWords:
        """Take the words out of cues."""
        words = [[token.word for token in tokens(cue.text)] for cue in cues]
        return cls(words, [[stem(word, language) for word in cue] for cue in words])

    def cue_of(self, word: int) -> int:
        """Return the number of the cue in which a word stands. (A cue without words begins where the next one does.)"""
        return bisect_right(self.starts, word) - 1

    def hits(self, query: Query, language: str) -> list[Hit]:
        """Return every place where a wanted term is said, in order."""
        found = [
            (place, place + len(term.words) - 1) for term in query.wanted for place in self._places(term, language)
        ]
        return [Hit(first, last) for first, last in sorted(found)]

    def fits(self, query: Query, language: str) -> bool:
        """Whether the answer holds every wanted term and no unwanted one."""
        return all(self._places(term, language) for term in query.wanted) and not any(
            self._places(term, language) for term in query.unwanted
        )

    def _places(self, term: Term, language: str) -> list[int]:
        """Return the numbers of the words at which a term begins."""
        if term.is_prefix:
            return [place for place, word in enumerate(self.words) if word.startswith(term.words[0])]
        first, *others = term.stems(language)
        places = [place for place, stem in enumerate(self.stems) if stem == first]
        if not others:
            return places
        return [place for place in places if self.stems[place + 1 : place + 1 + len(others)] == others]

    def places_of(self, hits: Iterable[Hit]) -> list[Place]:
        """Gather hits, which come in order, into places: hits that share a cue are one."""
        places: list[Place] = []
        for hit in hits:
            first, last = self.cue_of(hit.first), self.cue_of(hit.last)
            if places and first <= places[-1].last_cue:
                before = places.pop()
                places.append(Place(before.first_cue, max(before.last_cue, last), (*before.hits, hit)))
            else:
                places.append(Place(first, last, (hit,)))
        return places

    def marks(self, hits: Iterable[Hit], cues: Mapping[int, SpokenCue]) -> dict[int, list[tuple[int, int]]]:
        """Return the characters to mark in each of these cues, given and returned by their numbers.

        A phrase is one mark in each cue that it touches; marks that overlap are one.
        """
        spans = {number: [(token.start, token.end) for token in tokens(cue.text)] for number, cue in cues.items()}
        marks: dict[int, list[tuple[int, int]]] = {}
        for hit in hits:
            for number in range(self.cue_of(hit.first), self.cue_of(hit.last) + 1):
                inside = spans[number][max(0, hit.first - self.starts[number]) : hit.last - self.starts[number] + 1]
                if inside:
                    _add_mark(marks.setdefault(number, []), inside[0][0], inside[-1][1])
        return marks

    def moment(self, place: Place, cues: Mapping[int, SpokenCue]) -> Moment:
        """Return what to show of a place, from the cues that it touches, given by their numbers."""
        numbers = range(place.first_cue, place.last_cue + 1)
        marks = self.marks(place.hits, {number: cues[number] for number in numbers})
        text, shifted = "", []
        for number in numbers:
            shifted += [(len(text) + start, len(text) + end) for start, end in marks.get(number, [])]
            text += cues[number].text.replace("\n", " ") + " "
        first = cues[place.first_cue]
        return Moment(first.id, first.start_ms, text[:-1], tuple(shifted))


def find_moments(query: Query, cues: Sequence[SpokenCue], language: str) -> list[Moment]:
    """Return the moments of one answer in order; none when the answer as a whole is not what the query asks for."""
    said = SaidWords.from_cues(cues, language)
    if not said.fits(query, language):
        return []
    numbered = dict(enumerate(cues))
    return [said.moment(place, numbered) for place in said.places_of(said.hits(query, language))]


def marks_in_cues(query: Query, cues: Sequence[SpokenCue], language: str) -> dict[int, list[tuple[int, int]]]:
    """Return what to mark in the text of each cue, by its place in `cues`, whether or not the whole answer fits."""
    said = SaidWords.from_cues(cues, language)
    return said.marks(said.hits(query, language), dict(enumerate(cues)))


def _add_mark(marks: list[tuple[int, int]], start: int, end: int) -> None:
    if marks and start <= marks[-1][1]:  # hits come in order, so only the last one can overlap
        start, end = marks[-1][0], max(end, marks.pop()[1])
    marks.append((start, end))
