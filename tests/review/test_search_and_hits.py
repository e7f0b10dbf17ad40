"""Search finds exactly the answers that have hits, for random answers and queries."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.extensions import db
from app.review.search import services as search
from app.review.search.hits import SpokenCue, find_moments
from app.review.search.query import Query, Term, parse_query
from tests.answer_factories import make_captioned_answer
from tests.factories import NOON, make_attempt, make_interview
from tests.review.searching import answer_ids

pytestmark = pytest.mark.usefixtures("app")
VOCABULARY = ("deep", "water", "waters", "boat", "boating", "harbour", "42", "café", "किताब", "כִּתָּב", "ม้า", "IŞIK")
said = st.lists(st.lists(st.sampled_from(VOCABULARY), max_size=4).map(" ".join), min_size=1, max_size=4)
terms = st.one_of(
    st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=3).map(
        lambda words: parse_query('"' + " ".join(words) + '"').wanted[0]
    ),
    st.sampled_from(("de", "boa", "harbours", "caf", "wat", "कि", "כת", "ม้", "isi")).map(
        lambda start: Term((start,), is_prefix=True)
    ),
)
queries = st.builds(
    Query,
    st.lists(terms, min_size=1, max_size=3, unique=True).map(tuple),
    st.lists(terms, max_size=2, unique=True).map(tuple),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=st.lists(said, min_size=1, max_size=5), asked=st.lists(queries, min_size=1, max_size=8))
def test_database_finds_exactly_the_answers_with_hits(answers: Iterable[list[str]], asked: Iterable[Query]) -> None:
    interview = make_interview(questions=1)
    made = {
        make_captioned_answer(*cues, attempt=make_attempt(interview, submitted_at=NOON)).id: [
            SpokenCue(place, place, cue) for place, cue in enumerate(cues)
        ]
        for cues in answers
    }
    for query in asked:
        result = search.search_answers(db.session(), query, interviews=[interview])
        expected = {answer_id for answer_id, cues in made.items() if find_moments(query, cues, "en")}
        assert (set(answer_ids(result)), result.total) == (expected, len(expected))
    db.session.rollback()
