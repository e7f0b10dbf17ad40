"""Find where in an answer the words of a query are said. No I/O."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from app.review.search.query import Query, Term
from app.review.search.tokens import spans, stem, tokens


class SpokenCue(NamedTuple):
    """A cue of a recorded answer, or a sentence of a written one. `id` and `start_ms` are None for written answers."""

    id: int | None
    start_ms: int | None
    text: str


class HitTime(NamedTuple):
    """A hit to show: the cue in which it begins, its text on one line, and the marks as (start, end) in characters.

    If a phrase continues in the next cue, `text` includes that cue.
    """

    cue_id: int | None
    start_ms: int | None
    text: str
    marks: tuple[tuple[int, int], ...]


class Hit(NamedTuple):
    """Where a term is said: its first and last word, each as the number of the cue and of the word in that cue, from 0."""

    first_cue: int
    first_word: int
    last_cue: int
    last_word: int


class CueRange(NamedTuple):
    """Hits that share a cue, with the numbers of the first and last cue that they touch."""

    first_cue: int
    last_cue: int
    hits: tuple[Hit, ...]


class _Row:
    """The words of all cues in one string, with the position at which each cue begins.

    Words are separated by single spaces, with one space at both ends. Searching for " word " in a string is faster in
    Python than going through a list of words.
    """

    def __init__(self, cues: Sequence[str]):
        self.text = f" {' '.join(filter(None, cues))} "
        self.starts = list(accumulate([len(cue) + 1 if cue else 0 for cue in cues], initial=0))

    def find(self, sought: str) -> Iterator[int]:
        """Yield each position at which `sought` begins."""
        at = self.text.find(sought)
        while at >= 0:
            yield at
            at = self.text.find(sought, at + 1)

    def word_at(self, space: int) -> tuple[int, int]:
        """Return the number of the cue, and the number in that cue, of the word after the space at this position.

        Empty cues are skipped.
        """
        cue = bisect_right(self.starts, space) - 1
        return cue, self.text.count(" ", self.starts[cue] + 1, space + 1)


class SaidWords:
    """All words of an answer in order, as said and as stems, with the cue of each word.

    Phrases are found across the ends of cues, because the caption shaper chooses where a cue ends, not the speaker.
    """

    def __init__(self, stems: Sequence[str], words: Sequence[str]):
        """Take the stems and the words of each cue, separated by spaces."""
        self._lines = {"stems": stems, "words": words}
        self._rows: dict[str, _Row] = {}

    @classmethod
    def from_cues(cls, cues: Iterable[SpokenCue], language: str) -> SaidWords:
        """Return the words of these cues. `language` is the language of the stems (BCP 47)."""
        words = [[token.word for token in tokens(cue.text)] for cue in cues]
        stems = [" ".join(stem(word, language) for word in cue) for cue in words]
        return cls(stems, [" ".join(cue) for cue in words])

    def hits(self, query: Query, language: str) -> list[Hit]:
        """Return every hit of a wanted term, in order."""
        return sorted(hit for term in query.wanted for hit in self._hits(term, language))

    def fits(self, query: Query, language: str) -> bool:
        """Return whether the answer contains every wanted term and no unwanted one."""

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
        """Return the row to search, the text to find, and the offset in that text of the space before its last word."""
        if term.is_prefix:
            return self._row("words"), f" {term.words[0]}", 0
        stems = term.stems(language)
        sought = f" {' '.join(stems)} "
        return self._row("stems"), sought, len(sought) - len(stems[-1]) - 2

    def _row(self, name: str) -> _Row:
        """Return the row of stems or of words.

        A row is built when it is first used, because most queries need only one of the two rows.
        """
        if name not in self._rows:
            self._rows[name] = _Row(self._lines[name])
        return self._rows[name]


def places_of(hits: Iterable[Hit]) -> list[CueRange]:
    """Group hits, which must be in order, so that hits that share a cue are in one range."""
    places: list[CueRange] = []
    for hit in hits:
        if places and hit.first_cue <= places[-1].last_cue:
            before = places.pop()
            places.append(CueRange(before.first_cue, max(before.last_cue, hit.last_cue), (*before.hits, hit)))
        else:
            places.append(CueRange(hit.first_cue, hit.last_cue, (hit,)))
    return places


def moment_of(place: CueRange, cue: Callable[[int], SpokenCue]) -> HitTime:
    """Return the text and marks to show for a range of cues. `cue` returns the cue with a given number."""
    cues = {number: cue(number) for number in range(place.first_cue, place.last_cue + 1)}
    marks = _marks(place.hits, cues)
    text, shifted = "", []
    for number, each in cues.items():
        shifted += [(len(text) + start, len(text) + end) for start, end in marks.get(number, ())]
        text += each.text.replace("\n", " ") + " "
    first = cues[place.first_cue]
    return HitTime(first.id, first.start_ms, text[:-1], tuple(shifted))


def find_moments(query: Query, cues: Sequence[SpokenCue], language: str) -> list[HitTime]:
    """Return the hits of one answer in order, or an empty list if the answer as a whole does not match the query."""
    said = SaidWords.from_cues(cues, language)
    if not said.fits(query, language):
        return []
    return [moment_of(place, cues.__getitem__) for place in places_of(said.hits(query, language))]


def marks_in_cues(query: Query, cues: Sequence[SpokenCue], language: str) -> dict[int, list[tuple[int, int]]]:
    """Return the character ranges to mark in each cue, by its index, even if the whole answer does not match."""
    said = SaidWords.from_cues(cues, language)
    return _marks(said.hits(query, language), dict(enumerate(cues)))


def _marks(hits: Iterable[Hit], cues: Mapping[int, SpokenCue]) -> dict[int, list[tuple[int, int]]]:
    """Return the characters to mark in each of these cues, by the number of the cue.

    A phrase gives one mark in each cue that it touches. Overlapping marks are merged.
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
    if marks and start <= marks[-1][1]:  # hits are in order, so only the last mark can overlap
        start, end = marks[-1][0], max(end, marks.pop()[1])
    marks.append((start, end))
