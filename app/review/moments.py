"""Where in an answer the words that were searched for are said. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.review.query import Query, Term
from app.review.words import stem, tokens


@dataclass(frozen=True, slots=True)
class SpokenCue:
    """A cue of an answer, or the whole of a typed one (`id` and `start_ms` are None then)."""

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
class _Said:
    """One word of an answer: as it was said, its stem, and where it stands."""

    word: str
    stem: str
    cue: int
    start: int
    end: int


def find_moments(query: Query, cues: Sequence[SpokenCue], language: str) -> list[Moment]:
    """Return the moments of one answer in order; none when the answer as a whole is not what the query asks for.

    Words are looked for across the ends of cues: where a cue ends is the caption shaper's choice, not the speaker's.
    """
    said = _words_of(cues, language)
    if any(_places(term, said, language) for term in query.unwanted):
        return []
    places = [_places(term, said, language) for term in query.wanted]
    if not all(places):
        return []
    hits = _hits(query.wanted, places)
    marks = _marks(hits, said)
    return [_moment(cues, first, last, marks) for first, last in _groups(hits, said)]


def marks_in_cues(query: Query, cues: Sequence[SpokenCue], language: str) -> dict[int, list[tuple[int, int]]]:
    """Return what to mark in the text of each cue, by its place in `cues`, whether or not the whole answer fits."""
    said = _words_of(cues, language)
    return _marks(_hits(query.wanted, [_places(term, said, language) for term in query.wanted]), said)


def _words_of(cues: Iterable[SpokenCue], language: str) -> list[_Said]:
    return [
        _Said(token.word, stem(token.word, language), number, token.start, token.end)
        for number, cue in enumerate(cues)
        for token in tokens(cue.text)
    ]


def _places(term: Term, said: Sequence[_Said], language: str) -> list[int]:
    """Return the numbers of the words at which a term begins."""
    if term.is_prefix:
        return [place for place, word in enumerate(said) if word.word.startswith(term.words[0])]
    first, *others = term.stems(language)
    return [
        place
        for place, word in enumerate(said)
        if word.stem == first and [later.stem for later in said[place + 1 : place + 1 + len(others)]] == others
    ]


def _hits(terms: Sequence[Term], places: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Return (first word, last word) of every hit in order."""
    spans = zip(terms, places, strict=True)
    return sorted((place, place + len(term.words) - 1) for term, starts in spans for place in starts)


def _marks(hits: Iterable[tuple[int, int]], said: Sequence[_Said]) -> dict[int, list[tuple[int, int]]]:
    """Return the characters to mark, by cue; a phrase is one mark in each cue, marks that overlap are one."""
    marks: dict[int, list[tuple[int, int]]] = {}
    for first, last in hits:
        for cue in range(said[first].cue, said[last].cue + 1):
            words = [word for word in said[first : last + 1] if word.cue == cue]
            if words:
                _add_mark(marks.setdefault(cue, []), words[0].start, words[-1].end)
    return marks


def _add_mark(marks: list[tuple[int, int]], start: int, end: int) -> None:
    if marks and start <= marks[-1][1]:  # hits come in order, so only the last one can overlap
        start, end = marks[-1][0], max(end, marks.pop()[1])
    marks.append((start, end))


def _groups(hits: Iterable[tuple[int, int]], said: Sequence[_Said]) -> list[tuple[int, int]]:
    """Return (first cue, last cue) of each moment: hits that share a cue are one moment."""
    groups: list[tuple[int, int]] = []
    for first, last in hits:
        begins, ends = said[first].cue, said[last].cue
        if groups and begins <= groups[-1][1]:
            groups[-1] = (groups[-1][0], max(groups[-1][1], ends))
        else:
            groups.append((begins, ends))
    return groups


def _moment(cues: Sequence[SpokenCue], first: int, last: int, marks: dict[int, list[tuple[int, int]]]) -> Moment:
    text, shifted = "", []
    for number in range(first, last + 1):
        shifted += [(len(text) + start, len(text) + end) for start, end in marks.get(number, [])]
        text += cues[number].text.replace("\n", " ") + " "
    return Moment(cues[first].id, cues[first].start_ms, text[:-1], tuple(shifted))
