"""Search finds spoken words, and only in answers that the reviewer may see. The same on both databases."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.captions.models import TrackKind
from app.captions.services import add_track
from app.extensions import db
from app.ids import new_id
from app.interviews.models import Attempt, Interview
from app.recording.models import Answer
from app.review.search import services as search
from app.review.search.hits import SpokenCue, find_moments
from app.review.search.query import Query, Term, parse_query
from app.review.search.services import FoundAnswer, SearchPage
from app.review.search.tokens import stem
from app.transaction import transaction
from tests.answer_factories import make_answer, make_captioned_answer, make_cue
from tests.factories import NOON, make_attempt, make_interview, make_take

pytestmark = pytest.mark.usefixtures("app")


def found(typed: str, *interviews: Interview | str, **options: int) -> SearchPage:
    there = [each if isinstance(each, Interview) else db.session.get_one(Interview, each) for each in interviews]
    result = search.search_answers(db.session(), parse_query(typed), interviews=there, **options)
    db.session.rollback()
    return result


def answer_ids(found: SearchPage) -> list[str]:
    return [answer.answer_id for answer in found.answers]


def interview_of(answer: Answer) -> str:
    return db.session.get_one(Attempt, answer.attempt_id).interview.id


@pytest.mark.parametrize(
    "typed",
    [
        "harbour",
        "HARBOURS",
        "sailing",
        '"deep water"',
        "harb*",
        "dawn water",
        "dawn -midnight",
        "harbour -midn*",
        "café",
    ],
)
def test_an_answer_is_found_by(typed: str) -> None:
    answer = make_captioned_answer("We sailed from the harbour", "at dawn into deep", "water, past the cafe.")
    assert answer_ids(found(typed, interview_of(answer))) == [answer.id]


@pytest.mark.parametrize("typed", ["midnight", '"water deep"', "harbo", "saili*", "harbour -dawn", "harbour -daw*"])
def test_an_answer_is_not_found_by(typed: str) -> None:
    answer = make_captioned_answer("We sailed from the harbour", "at dawn into deep", "water.")
    assert found(typed, interview_of(answer)) == SearchPage()


def test_hit_has_its_time_candidate_and_question() -> None:
    attempt = make_attempt(submitted_at=NOON)
    question = attempt.interview.questions[1]
    answer = make_captioned_answer("Nothing here.", "The harbour was full.", attempt=attempt, question=question)
    (hit,) = found("harbour", interview_of(answer)).answers
    assert isinstance(hit, FoundAnswer)
    assert (hit.position, hit.prompt) == (2, question.prompt)
    assert hit.candidate == attempt.invitation.named
    assert [(moment.start_ms, moment.text, moment.marks) for moment in hit.moments] == [
        (3000, "The harbour was full.", ((4, 11),))
    ]


def test_a_phrase_across_two_cues_leads_to_the_first_of_them() -> None:
    answer = make_captioned_answer("out into deep", "water that day")
    (hit,) = found('"deep water"', interview_of(answer)).answers
    assert [(moment.start_ms, moment.text) for moment in hit.moments] == [(0, "out into deep water that day")]


def test_a_typed_answer_is_found_and_has_no_time() -> None:
    answer = make_answer(text="I would look at the tide. Then ask the harbour master!\n\nThe harbour comes first")
    (hit,) = found("harbours tide", interview_of(answer)).answers
    assert [(moment.start_ms, moment.text) for moment in hit.moments] == [
        (None, "I would look at the tide."),
        (None, "Then ask the harbour master!"),
        (None, "The harbour comes first"),
    ]


def test_the_newest_answer_comes_first_and_pages_follow() -> None:
    interview = make_interview()
    made = [
        make_captioned_answer("The harbour.", attempt=make_attempt(interview, submitted_at=NOON)).id for _ in range(5)
    ]
    first, second = found("harbour", interview, size=3), found("harbour", interview, size=3, page=2)
    assert (first.total, first.has_more) == (5, False)
    assert answer_ids(first) + answer_ids(second) == made[::-1]
    assert found("harbour", interview, size=3, page=3) == SearchPage((), 5)


def test_total_above_the_maximum_is_reported_as_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "COUNTED", 2)
    interview = make_interview()
    for _ in range(3):
        make_captioned_answer("The harbour.", attempt=make_attempt(interview, submitted_at=NOON))
    result = found("harbour", interview)
    assert (result.total, result.has_more, len(result.answers)) == (2, True, 2)


def test_another_interview_is_not_searched() -> None:
    mine, other = (make_captioned_answer("The harbour.") for _ in range(2))
    assert answer_ids(found("harbour", interview_of(mine))) == [mine.id]
    assert set(answer_ids(found("harbour", interview_of(mine), interview_of(other)))) == {mine.id, other.id}
    assert found("harbour") == SearchPage()


def test_five_hundred_interviews_are_searched_at_once() -> None:
    answer = make_captioned_answer("The harbour.")
    others = [Interview(id=new_id(), language="en") for _ in range(500)]
    assert answer_ids(found("harbour", interview_of(answer), *others)) == [answer.id]


@pytest.mark.parametrize("others", [2, 40])
def test_search_in_many_interviews_covers_exactly_those(others: int) -> None:
    answers = [make_captioned_answer("The harbour.") for _ in range(search.FEW + 2 + others)]
    mine = answers[1 : search.FEW + 2]
    assert len(mine) > search.FEW
    result = found("harbour", *(interview_of(answer) for answer in mine))
    assert result.total == len(mine)
    assert set(answer_ids(result)) <= {answer.id for answer in mine}
    assert found("harbour -dawn", *(interview_of(answer) for answer in mine)).total == len(mine)
    assert found("midnight", *(interview_of(answer) for answer in mine)).total == 0


def test_answer_is_found_only_after_it_was_sent() -> None:
    attempt = make_attempt()
    answer = make_captioned_answer("The harbour.", attempt=attempt)
    assert found("harbour", interview_of(answer)) == SearchPage()
    with transaction() as session:
        session.get_one(Attempt, attempt.id).submitted_at = NOON
        search.index_attempt(session, attempt.id)
    assert answer_ids(found("harbour", interview_of(answer))) == [answer.id]


def test_sent_answer_without_a_document_is_found_after_a_sweep() -> None:
    attempt = make_attempt()
    spoken = make_captioned_answer("The harbour.", attempt=attempt)
    typed = make_answer(attempt, attempt.interview.questions[1], text="The harbour.")
    silent = make_captioned_answer(attempt=attempt, question=attempt.interview.questions[2])
    with transaction() as session:
        session.get_one(Attempt, attempt.id).submitted_at = NOON
    missing = search.missing_from_index(db.session())
    assert set(missing) == {spoken.id, typed.id}
    assert silent.id not in missing
    with transaction() as session:
        search.index_answers(session, missing)
    assert len(found("harbour", interview_of(spoken)).answers) == 2
    assert not search.missing_from_index(db.session())


def test_a_take_that_was_not_chosen_is_not_indexed() -> None:
    attempt = make_attempt(submitted_at=NOON)
    make_captioned_answer("Chosen.", attempt=attempt)
    spare = make_take(attempt, number=2)
    with transaction() as session:
        track = add_track(session, spare.id, TrackKind.AUTOMATIC, [make_cue("Discarded.")], language="en", now=NOON)
        search.index_track(session, track.id)
    assert found("discarded", attempt.interview.id) == SearchPage()


def test_corrected_captions_replace_the_automatic_ones_at_once() -> None:
    answer = make_captioned_answer("The arbor was full.")
    assert answer.take_id
    with transaction() as session:
        cues = [make_cue("The harbour was full.")]
        track = add_track(session, answer.take_id, TrackKind.REVIEWER, cues, language="en", now=NOON)
        search.index_track(session, track.id)
    assert found("arbor", interview_of(answer)) == SearchPage()
    assert answer_ids(found("harbour", interview_of(answer))) == [answer.id]


def test_indexing_twice_finds_once() -> None:
    answer = make_captioned_answer("The harbour was full.")
    with transaction() as session:
        search.index_answers(session, [answer.id])
        search.index_answers(session, [answer.id])
    assert answer_ids(found("harbour", interview_of(answer))) == [answer.id]


def test_removed_take_is_not_found() -> None:
    answer = make_captioned_answer("The harbour was full.")
    assert answer.take_id
    with transaction() as session:
        search.remove_take_from_index(session, answer.take_id)
    assert found("harbour", interview_of(answer)) == SearchPage()


def test_document_of_an_erased_answer_is_deleted_with_its_row() -> None:
    answer = make_captioned_answer("The harbour was full.")
    interview = interview_of(answer)
    with transaction() as session:
        session.delete(session.get_one(Answer, answer.id))
    assert found("harbour", interview) == SearchPage()
    assert db.session.scalar(text("SELECT count(*) FROM cue_search_document")) == 0


class TestLanguages:
    """Each answer is searched in its own language."""

    def test_two_interviews_are_searched_in_their_own_languages(self) -> None:
        attempt = make_attempt(make_interview(language="fr"), submitted_at=NOON)
        french = make_captioned_answer("Les bateaux du port.", attempt=attempt, language="fr")
        english = make_captioned_answer("The boats in port.")
        both = (interview_of(french), interview_of(english))
        assert answer_ids(found("bateau", *both)) == [french.id]
        assert answer_ids(found("boat", *both)) == [english.id]
        assert set(answer_ids(found("port", *both))) == {french.id, english.id}

    def test_one_interview_can_have_answers_in_several_languages(self) -> None:
        attempt = make_attempt(submitted_at=NOON)
        english = make_captioned_answer("The boats are in port.", attempt=attempt)
        questions = english.question.interview.questions
        french = make_captioned_answer("Les bateaux du port.", attempt=attempt, question=questions[1], language="fr")
        here = interview_of(english)
        for typed, expected in (("bateau", [french]), ("boat", [english]), ("port", [french, english])):
            result = found(typed, here)
            assert answer_ids(result) == [answer.id for answer in expected], typed
            assert all(answer.moments for answer in result.answers)
        assert answer_ids(found("port -bateau", here)) == [english.id]
        assert answer_ids(found('port -"in port"', here)) == [french.id]
        assert search.languages_of([db.session.get_one(Interview, here)]) == ["en", "fr"]

    def test_a_stem_of_one_language_finds_nothing_in_another(self) -> None:
        """In French the stem of "chevaux" is "cheval". In English "cheval" is only the stem of itself."""
        attempt = make_attempt(submitted_at=NOON)
        english = make_captioned_answer("Nobody said that.", attempt=attempt)
        second = english.question.interview.questions[1]
        french = make_captioned_answer("Les chevaux.", attempt=attempt, question=second, language="fr")
        assert stem("chevaux", "fr") != stem("chevaux", "en")
        result = found("chevaux", interview_of(english))
        assert answer_ids(result) == [french.id]
        assert [moment.marks for answer in result.answers for moment in answer.moments] == [((4, 11),)]

    def test_many_interviews_of_several_languages_are_searched_at_once(self) -> None:
        made = []
        for number in range(search.FEW + 2):
            language, said = (("fr", "Les bateaux."), ("en", "The boats."))[number % 2]
            attempt = make_attempt(make_interview(language=language), submitted_at=NOON)
            made.append(make_captioned_answer(said, attempt=attempt, language=language))
        there = [interview_of(answer) for answer in made]
        assert set(answer_ids(found("bateau", *there))) == {answer.id for answer in made[::2]}
        assert set(answer_ids(found("boat -midnight", *there))) == {answer.id for answer in made[1::2]}

    def test_answer_without_a_language_has_the_language_of_its_question(self) -> None:
        interview = make_interview(language="fr")
        attempt = make_attempt(interview, submitted_at=NOON)
        silent = make_captioned_answer("Les bateaux.", attempt=attempt, language="und")
        typed = make_answer(attempt, interview.questions[1], text="Les bateaux.")
        assert set(answer_ids(found("bateau", interview))) == {silent.id, typed.id}

    def test_corrected_language_is_the_language_of_the_answer(self) -> None:
        answer = make_captioned_answer("Les bateaux.")
        assert found("bateau", interview_of(answer)) == SearchPage()
        with transaction() as session:
            cues = [make_cue("Les bateaux.")]
            assert answer.take_id
            track = add_track(session, answer.take_id, TrackKind.REVIEWER, cues, language="fr", now=NOON)
            search.index_track(session, track.id)
        assert answer_ids(found("bateau", interview_of(answer))) == [answer.id]


@pytest.mark.parametrize(
    "typed", ["café* -'\"", 'a" OR scope:(b)', "x'--;", "NEAR(a b, 2)", "\x00\x01 a", "^a {b}:c", "ab:* & !b"]
)
def test_any_typed_text_can_be_searched(typed: str) -> None:
    answer = make_captioned_answer("a")
    found(typed, interview_of(answer))


def test_a_very_long_typed_answer_is_indexed_as_far_as_it_goes() -> None:
    words = " ".join(f"{number:x}".rjust(40, "q") for number in range(30_000))
    answer = make_answer(text=f"harbour {words}")
    assert answer_ids(found("harbour", interview_of(answer))) == [answer.id]


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
