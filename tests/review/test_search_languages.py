"""Search in several languages: word forms, writing systems and any typed text."""

from __future__ import annotations

import pytest

from app.captions.models import TrackKind
from app.captions.services import add_track
from app.extensions import db
from app.interviews.models import Interview
from app.review.search import services as search
from app.review.search.services import SearchPage
from app.review.search.tokens import stem
from app.transaction import transaction
from tests.answer_factories import make_answer, make_captioned_answer, make_cue
from tests.factories import NOON, make_attempt, make_interview
from tests.review.searching import answer_ids, found, interview_of

pytestmark = pytest.mark.usefixtures("app")


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
