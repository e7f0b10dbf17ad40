"""Where in an answer the words that were searched for are said. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from app.review.search.query import Query, Term
from app.review.search.tokens import spans, stem, tokens


class SpokenCue(NamedTuple):
    """A cue of an answer, or a sentence of one in writing (`id` and `start_ms` are None then)."""

    id: int | None
    start_ms: int | None
    text: str


class HitTime(NamedTuple):
    """A hit: the cue in which it begins, its text on one line, and what to mark as (start, end) characters of it.

    A phrase that goes on in the next cue brings that cue's text along.
    """

    cue_id: int | None
    start_ms: int | None
    text: str
    marks: tuple[tuple[int, int], ...]


class Hit(NamedTuple):
    """Where a term is said: from which word of which cue to which word of which, all counted from 0."""

    first_cue: int
    first_word: int
    last_cue: int
    last_word: int


class CueRange(NamedTuple):
    """Hits that share a cue: the numbers of the first and last cue that they touch."""

    first_cue: int
    last_cue: int
    hits: tuple[Hit, ...]


class _Row:
    """Words one after the other with a space between them and at both ends, and where in it each cue begins.

    A word is found in it as text between two spaces, which Python does faster than it goes through a list.
    """

    def __init__(self, cues: Sequence[str]):
        self.text = f" {' '.join(filter(None, cues))} "
        self.starts = list(accumulate([len(cue) + 1 if cue else 0 for cue in cues], initial=0))

    def find(self, sought: str) -> Iterator[int]:
        """Yield where a text begins."""
        at = self.text.find(sought)
        while at >= 0:
            yield at
            at = self.text.find(sought, at + 1)

    def word_at(self, space: int) -> tuple[int, int]:
        """Return the cue of the word behind a space, and which of its words it is. (One without words is passed over.)"""
        cue = bisect_right(self.starts, space) - 1
        return cue, self.text.count(" ", self.starts[cue] + 1, space + 1)


class SaidWords:
    """All words of an answer in order, as they were said and by their stems, and which cue each stands in.

    Words are looked for across the ends of cues: where a cue ends is the caption shaper's choice, not the speaker's.
    """

    def __init__(self, stems: Sequence[str], words: Sequence[str]):
        """Take the stems and the words of each cue, a space between them."""
        self._lines = {"stems": stems, "words": words}
        self._rows: dict[str, _Row] = {}

    @classmethod
    def from_cues(cls, cues: Iterable[SpokenCue], language: str) -> SaidWords:
        """Take the words out of cues."""
        words = [[token.word for token in tokens(cue.text)] for cue in cues]
        stems = [" ".join(stem(word, language) for word in cue) for cue in words]
        return cls(stems, [" ".join(cue) for cue in words])

    def hits(self, query: Query, language: str) -> list[Hit]:
        """Return every place where a wanted term is said, in order."""
        return sorted(hit for term in query.wanted for hit in self._hits(term, language))

    def fits(self, query: Query, language: str) -> bool:
        """Whether the answer holds every wanted term and no unwanted one."""

        def holds(term: Term) -> bool:
            row, sought, _ = self._sought(term, language)
            return sought in row.text

        return all(map(holds, query.wanted)) and not any(map(holds, query.unwanted))

    def _hits(self, term: Term, language: str) -> Iterator[Hit]:
        row, sought, to_last = self._sought(term, language)
        for at in row.find(sought):
            first = row.word_at(at)
            yield Hit(*first, *(row.word_at(at + to_last) if to_last else first))

    def _sought(self, term: Term, language: str) -> tuple[_Row, str, int]:
        """Return where to look for a term, for what text, and how far into it the space before its last word is."""
        if term.is_prefix:
            return self._row("words"), f" {term.words[0]}", 0
        stems = term.stems(language)
        sought = f" {' '.join(stems)} "
        return self._row("stems"), sought, len(sought) - len(stems[-1]) - 2

    def _row(self, name: str) -> _Row:
        """Return a row, made when it is first asked for: most queries need one of the two."""
        if name not in self._rows:
            self._rows[name] = _Row(self._lines[name])
        return self._rows[name]


def places_of(hits: Iterable[Hit]) -> list[CueRange]:
    """Gather hits, which come in order, into places: hits that share a cue are one."""
    places: list[CueRange] = []
    for hit in hits:
        if places and hit.first_cue <= places[-1].last_cue:
            before = places.pop()
            places.append(CueRange(before.first_cue, max(before.last_cue, hit.last_cue), (*before.hits, hit)))
        else:
            places.append(CueRange(hit.first_cue, hit.last_cue, (hit,)))
    return places


def moment_of(place: CueRange, cue: Callable[[int], SpokenCue]) -> HitTime:
    """Return what to show of a place; `cue` gives the cue of a number."""
    cues = {number: cue(number) for number in range(place.first_cue, place.last_cue + 1)}
    marks = _marks(place.hits, cues)
    text, shifted = "", []
    for number, each in cues.items():
        shifted += [(len(text) + start, len(text) + end) for start, end in marks.get(number, ())]
        text += each.text.replace("\n", " ") + " "
    first = cues[place.first_cue]
    return HitTime(first.id, first.start_ms, text[:-1], tuple(shifted))


def find_moments(query: Query, cues: Sequence[SpokenCue], language: str) -> list[HitTime]:
    """Return the moments of one answer in order; none when the answer as a whole is not what the query asks for."""
    said = SaidWords.from_cues(cues, language)
    if not said.fits(query, language):
        return []
    return [moment_of(place, cues.__getitem__) for place in places_of(said.hits(query, language))]


def marks_in_cues(query: Query, cues: Sequence[SpokenCue], language: str) -> dict[int, list[tuple[int, int]]]:
    """Return what to mark in the text of each cue, by its place in `cues`, whether or not the whole answer fits."""
    said = SaidWords.from_cues(cues, language)
    return _marks(said.hits(query, language), dict(enumerate(cues)))


def _marks(hits: Iterable[Hit], cues: Mapping[int, SpokenCue]) -> dict[int, list[tuple[int, int]]]:
    """Return the characters to mark in each of these cues, given and returned by their numbers.

    A phrase is one mark in each cue that it touches; marks that overlap are one.
    """
    words: dict[int, list[tuple[int, int]]] = {}
    marks: dict[int, list[tuple[int, int]]] = {}
    for hit in hits:
        for number in range(hit.first_cue, hit.last_cue + 1):
            if number not in words:
                words[number] = spans(cues[number].text)
            begin = hit.first_word if number == hit.first_cue else 0
            end = hit.last_word + 1 if number == hit.last_cue else None
            inside = words[number][begin:end]
            if inside:
                _add_mark(marks.setdefault(number, []), inside[0][0], inside[-1][1])
    return marks


def _add_mark(marks: list[tuple[int, int]], start: int, end: int) -> None:
    if marks and start <= marks[-1][1]:  # hits come in order, so only the last one can overlap
        start, end = marks[-1][0], max(end, marks.pop()[1])
    marks.append((start, end))
