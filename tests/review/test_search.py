"""Search finds spoken words, only in answers that the reviewer may see, and equally on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.captions.models import TrackKind
from app.captions.services import add_track
from app.extensions import db
from app.ids import new_id
from app.interviews.models import Attempt, Interview
from app.recording.models import Answer
from app.review.search import services as search
from app.review.search.services import FoundAnswer, SearchPage
from app.transaction import transaction
from tests.answer_factories import make_answer, make_captioned_answer, make_cue
from tests.factories import NOON, make_attempt, make_interview, make_take
from tests.review.searching import answer_ids, found, interview_of

pytestmark = pytest.mark.usefixtures("app")


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
    monkeypatch.setattr(search, "MAX_COUNTED", 2)
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
