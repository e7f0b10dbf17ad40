"""Captions are made in the requested language, and made again when someone requests another language."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.captions.remaking import Outcome
from app.captions.services import current_track
from app.extensions import db
from app.interviews.models import Interview
from app.recording.models import Answer, Take
from app.review.search import services as search
from app.review.search.query import parse_query
from app.transaction import transaction
from tests.answer_factories import make_captioned_take
from tests.captions.remaking.builders import (
    UseScriptedModel,
    again,
    record_answer,
    requests,
    shown,
    versions,
    work,
)
from tests.captions.scripted import SAID
from tests.factories import NOON, enter, make_attempt, make_interview
from tests.page_check import CheckingClient

pytestmark = pytest.mark.usefixtures("many_languages")


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("interview", "question", "asked"), [("en", None, "en"), ("en", "cy", "cy"), ("es", None, "es")]
)
def test_the_model_is_asked_for_the_language_of_the_question_or_interview(
    model: UseScriptedModel, interview: str, question: str | None, asked: str
) -> None:
    heard = model("zh")
    made = make_interview(language=interview)
    with transaction() as session:
        session.merge(made).questions[0].language = question
    take = record_answer(make_attempt(made))
    assert heard.asked == [[asked]]
    assert shown(take) == (asked, SAID[asked])
    track = current_track(db.session(), take.id)
    assert track
    assert (track.guessed_language, track.guess_probability) == ("zh", 0.6)


@pytest.mark.usefixtures("app")
def test_where_several_languages_are_allowed_the_model_chooses_among_them(model: UseScriptedModel) -> None:
    heard = model("es")
    take = record_answer(make_attempt(make_interview(answer_languages="es cy")))
    assert heard.asked == [["en", "es", "cy"]]
    assert shown(take) == ("es", SAID["es"])


def test_a_reviewer_has_captions_made_again_and_page_player_and_search_follow(
    client: CheckingClient, model: UseScriptedModel, reviewed: Take
) -> None:
    before = model()
    assert client.submit(f"/review/captions/{reviewed.id}/language", {"language": "es"}).status_code == 303
    assert "being made in this language: Spanish" in client.page(f"/review/captions/{reviewed.id}/versions").get_text()
    work(reviewed)
    assert before.asked == [["es"]]
    assert shown(reviewed) == ("es", SAID["es"])
    assert before.sizes[0] > 16_000
    answer = db.session.scalars(select(Answer).where(Answer.take_id == reviewed.id)).one()
    page = client.page(f"/review/answers/{answer.id}")
    assert page.select_one(".transcript[lang=es][dir=ltr]")
    assert page.select_one("track[srclang=es], [data-language=es]")
    assert "sounded more like this language: English (60 %)" in " ".join(page.get_text().split())
    interviews = [db.session.get_one(Interview, reviewed.attempt.interview.id)]
    assert search.search_answers(db.session(), parse_query("equipos"), interviews=interviews).total == 1
    assert search.search_answers(db.session(), parse_query("team"), interviews=interviews).total == 0
    assert requests(reviewed) == [{}]


def test_asking_again_for_the_same_language_changes_nothing(
    client: CheckingClient, model: UseScriptedModel, reviewed: Take
) -> None:
    heard = model()
    assert [again(reviewed, "es"), again(reviewed, "es")] == [Outcome.TO_DO, Outcome.UNDER_WAY]
    work(reviewed)
    assert again(reviewed, "es") is Outcome.SHOWN
    work(reviewed)
    assert heard.asked == [["es"]]
    assert versions(reviewed) == [("automatic", "en"), ("automatic", "es")]
    assert len(requests(reviewed)) == 1


def test_asking_for_the_language_that_was_found_makes_nothing_again(model: UseScriptedModel, reviewed: Take) -> None:
    heard = model()
    assert again(reviewed, "en") is Outcome.SHOWN
    work(reviewed)
    assert heard.asked == []
    assert db.session.get_one(Take, reviewed.id).language == "en"


def test_a_candidate_changes_the_language_until_the_answers_are_sent(client: CheckingClient) -> None:
    attempt = make_attempt()
    take = make_captioned_take(attempt)
    enter(client, attempt)
    address = f"/interview/takes/{take.id}/captions"
    options = [option["value"] for option in client.page(address).select("#caption-language option")]
    assert options[0] == "en"
    assert "cy" in options
    sent = client.submit(f"{address}/language", {"language": "cy", "from": "captions"})
    assert sent.headers["Location"].endswith(address)
    assert "being made in this language: Welsh" in client.page(address).get_text()
    with transaction() as session:
        session.merge(attempt).submitted_at = NOON
    assert client.submit(f"{address}/language", {"language": "es"}).status_code == 409
    db.session.rollback()
    assert db.session.get_one(Take, take.id).language == "cy"
