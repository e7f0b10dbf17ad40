"""SQLite and PostgreSQL give the same search results for every query, in every script."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import create_app
from app.config import Config
from app.extensions import db
from app.interviews.models import Interview
from app.review.search import services as search
from app.review.search.hits import SpokenCue, find_moments
from app.review.search.query import InvalidQueryError, Query, parse_query
from tests.answer_factories import make_captioned_answer
from tests.factories import NOON, make_attempt, make_interview

pytestmark = pytest.mark.skipif(not os.environ.get("FAIRTAKE_TEST_DATABASE_URL"), reason="PostgreSQL is one of the two")
WORDS = (
    "harbour", "harbours", "café", "cafe\u0301", "don’t", "co\u00adoperate", "ISPARTA", "ılık", "İzmir", "שָׁלוֹם", "שלום",
    'צה"ל', "كِتَابٌ", "كتـاب", "أحمد", "می\u200cخواهم", "किताब", "की", "कि", "ज़रूर", "जरूर", "தமிழ்", "মিল", "মূল", "น้ำ", "ม้า",
    "มา", "កា", "漢字", "がく", "か\u3099", "한국", "ὈΔΥΣΣΕΎΣ", "молоко\u0301", "ещё", "٢٠٢٤", "2024", "col·lega", "♪", "--",
)  # fmt: skip
words = st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=6)
said = st.lists(st.lists(words, max_size=4).map(" ".join), min_size=1, max_size=3)
asked = st.one_of(
    words,
    words.map('"{}"'.format),
    st.tuples(words, words).map('"{0[0]} {0[1]}"'.format),
    st.tuples(words, words).map("{0[0]} -{0[1]}".format),
    words.map(lambda word: f"{word[: max(2, len(word) // 2)]}*"),
)
LANGUAGES = ("en", "ar", "hi", "ta", "tr", "ru", "el", "he", "th", "ja")


@pytest.fixture
def other(tmp_path: Path, config: Config) -> Iterator[Flask]:
    """The application on SQLite, in addition to the one on PostgreSQL."""
    other = create_app(replace(config, database_url=f"sqlite:///{tmp_path / 'other.db'}"))
    with other.app_context():
        upgrade()
    yield other
    with other.app_context():
        db.engine.dispose()


def found_by(app: Flask, made: Sequence[tuple[str, list[str]]], questions: Sequence[Query]) -> list[object]:
    """Make these answers in an application and search them. Return the highlighted results of each query."""
    with app.app_context():
        ids, interviews = [], []
        for language, cues in made:
            interviews.append(make_interview(questions=1, language=language))
            attempt = make_attempt(interviews[-1], submitted_at=NOON)
            ids.append(make_captioned_answer(*cues, attempt=attempt, language=language).id)
        there = [db.session.get_one(Interview, interview.id) for interview in interviews]
        found: list[object] = []
        for query in questions:
            result = search.search_answers(db.session(), query, interviews=there)
            moments = {
                ids.index(one.answer_id): [(moment.text, moment.marks) for moment in one.moments]
                for one in result.answers
            }
            found.append((sorted(moments.items()), result.total))
        db.session.rollback()
        return found


def understood(typed: Sequence[str]) -> list[Query]:
    queries = []
    for each in typed:
        try:
            queries.append(parse_query(each))
        except InvalidQueryError:
            continue
    return queries


@pytest.mark.usefixtures("app")
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    made=st.lists(st.tuples(st.sampled_from(LANGUAGES), said), min_size=1, max_size=4),
    typed=st.lists(asked, min_size=1, max_size=10),
)
def test_both_databases_find_and_mark_the_same(
    app: Flask, other: Flask, made: list[tuple[str, list[str]]], typed: list[str]
) -> None:
    _compare(app, other, made, typed)


@pytest.mark.usefixtures("app")
def test_every_word_is_found_by_itself_in_both(app: Flask, other: Flask) -> None:
    made = [(language, list(WORDS)) for language in LANGUAGES]
    _compare(app, other, made, [*WORDS, *(unicodedata.normalize("NFD", word) for word in WORDS)])


def _compare(
    app: Flask,
    other: Flask,
    made: Sequence[tuple[str, list[str]]],
    typed: Sequence[str],
) -> None:
    queries = understood(typed)
    first, second = found_by(app, made, queries), found_by(other, made, queries)
    assert first == second
    for query, (moments, total) in zip(queries, first, strict=True):  # type: ignore[misc]
        expected = [
            place
            for place, (language, cues) in enumerate(made)
            if find_moments(query, [SpokenCue(number, number, cue) for number, cue in enumerate(cues)], language)
        ]
        assert ([place for place, _ in moments], total) == (expected, len(expected))
