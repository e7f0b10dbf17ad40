"""How often captions can be requested, and what happens to work that failed."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Role
from app.audit import Actor
from app.captions import remaking, services
from app.captions.corrections import restore
from app.captions.remaking import Outcome
from app.captions.speech.languages import WHISPER_NAMES
from app.errors import ConflictError, InvalidInputError
from app.extensions import db
from app.interviews.models import Attempt
from app.recording.leases import GAVE_UP
from app.recording.models import Media, Stage, StageRun, StageState, Take
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer, make_captioned_take
from tests.captions.remaking.builders import (
    UseScriptedModel,
    again,
    ask,
    record_answer,
    requests,
    set_run,
    shown,
    work,
)
from tests.captions.scripted import SAID
from tests.factories import NOON, enter, make_attempt, make_user, sign_in
from tests.page_check import CheckingClient

pytestmark = pytest.mark.usefixtures("many_languages")


def test_captions_that_failed_can_be_made_again_in_the_same_language(app: Flask, model: UseScriptedModel) -> None:
    attempt = make_attempt()
    take = record_answer_without_captions(attempt, model)
    heard = model()
    assert again(take, "en") is Outcome.TO_DO
    work(take)
    assert heard.asked == [["en"]]
    assert shown(take) == ("en", SAID["en"])


def record_answer_without_captions(attempt: Attempt, model: UseScriptedModel) -> Take:
    model()
    take = record_answer(attempt)
    with transaction() as session:
        services.remove_tracks(session, take.id)
        run = session.get_one(StageRun, (take.id, str(Stage.TRANSCRIBE)))
        run.state = str(StageState.FAILED)
    return take


def test_requests_are_limited_whether_or_not_captions_are_made(
    client: CheckingClient, model: UseScriptedModel, reviewed: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remaking, "MAX_REQUESTS", 3)
    for language in ("es", "cy", "es"):
        assert again(reviewed, language) is Outcome.TO_DO
    with pytest.raises(ConflictError):
        again(reviewed, "cy")
    assert again(reviewed, "es") is Outcome.UNDER_WAY
    assert client.submit(f"/review/captions/{reviewed.id}/language", {"language": "cy"}).status_code == 303
    assert len(requests(reviewed)) == 4


@pytest.mark.usefixtures("client")
def test_the_candidate_and_staff_have_limits_of_their_own(
    model: UseScriptedModel, reviewed: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remaking, "MAX_REQUESTS", 1)
    candidate, other = Actor("candidate", reviewed.attempt_id), make_captioned_take(make_attempt())
    assert again(reviewed, "es", candidate) is Outcome.TO_DO
    with pytest.raises(ConflictError):
        again(reviewed, "cy", candidate)
    assert again(reviewed, "cy", Actor("staff", "one")) is Outcome.TO_DO
    with pytest.raises(ConflictError):
        again(reviewed, "es", Actor("staff", "another"))
    assert again(other, "es", candidate) is Outcome.TO_DO


@pytest.mark.usefixtures("client")
def test_failed_captions_cannot_be_asked_for_without_end(
    model: UseScriptedModel, reviewed: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remaking, "MAX_REQUESTS", 2)
    for _ in range(2):
        set_run(reviewed, Stage.TRANSCRIBE, StageState.FAILED)
        assert again(reviewed, "es") is Outcome.TO_DO
    set_run(reviewed, Stage.TRANSCRIBE, StageState.FAILED)
    with pytest.raises(ConflictError):
        again(reviewed, "es")


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize(
    ("state", "problem", "before", "after"),
    [
        (StageState.FAILED, GAVE_UP, 3, 2),
        (StageState.RUNNING, None, 3, 2),
        (StageState.PENDING, None, 1, 1),
        (StageState.FAILED, "OSError", 3, 0),
        (StageState.DONE, None, 1, 0),
    ],
)
def test_a_request_gives_work_that_kills_its_workers_one_more_attempt_only(
    model: UseScriptedModel, reviewed: Take, state: StageState, problem: str | None, before: int, after: int
) -> None:
    set_run(reviewed, Stage.TRANSCRIBE, state, problem=problem, attempts=before)
    assert again(reviewed, "es") is Outcome.TO_DO
    assert db.session.get_one(StageRun, (reviewed.id, str(Stage.TRANSCRIBE))).attempts == after


def test_a_second_press_is_told_that_captions_are_being_made(
    client: CheckingClient, model: UseScriptedModel, reviewed: Take
) -> None:
    assert "Captions are being made in this language: Spanish." in ask(client, reviewed, "es")
    page = ask(client, reviewed, "es")
    assert "already being made in this language: Spanish" in page
    assert "already in this language" not in page


def test_captions_that_wait_for_the_recording_are_told_so(
    client: CheckingClient, model: UseScriptedModel, reviewed: Take
) -> None:
    with transaction() as session:
        session.delete(session.get_one(StageRun, (reviewed.id, str(Stage.TRANSCRIBE))))
    set_run(reviewed, Stage.ENCODE, StageState.PENDING)
    for _ in range(2):
        assert "When the recording is ready, captions are made in this language: Spanish." in ask(
            client, reviewed, "es"
        )
    assert len(requests(reviewed)) == 1
    set_run(reviewed, Stage.ENCODE, StageState.FAILED)
    with pytest.raises(ConflictError):
        again(reviewed, "cy")


@pytest.mark.usefixtures("client")
def test_an_earlier_stage_does_not_count_once_captions_are_made(model: UseScriptedModel, reviewed: Take) -> None:
    set_run(reviewed, Stage.ENCODE, StageState.PENDING)
    offer = remaking.offer_for(db.session(), db.session.get_one(Take, reviewed.id), WHISPER_NAMES)
    assert offer
    assert offer.words == ""
    assert again(reviewed, "en") is Outcome.SHOWN


def test_a_language_that_is_made_but_not_shown_is_named_with_its_version(
    client: CheckingClient, model: UseScriptedModel, reviewed: Take
) -> None:
    heard = model()
    again(reviewed, "es")
    work(reviewed)
    with transaction() as session:
        restorer = Actor("staff", reviewed.attempt.interview.reviewers[0].id)
        restore(session, reviewed.id, 1, base=2, actor=restorer, now=NOON)
    page = ask(client, reviewed, "es")
    assert "Version 2 is already in this language: Spanish. To use it, open and restore that version." in page
    assert "These captions are already in this language: English." in ask(client, reviewed, "en")
    assert heard.asked == [["es"]]


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    "language",
    ["", "und", "tlh", "English", "en; DROP", "en-<b>", "EN", "en--", "en-\u202eevil", "en" + "-a" * 40, "🙂"],
)
def test_a_language_that_the_model_does_not_know_is_refused(language: str) -> None:
    with pytest.raises(InvalidInputError):
        again(make_captioned_take(make_attempt()), language)


@pytest.mark.usefixtures("app")
def test_nothing_is_made_again_where_nothing_can_be_heard() -> None:
    take = make_captioned_take(make_attempt())
    with transaction() as session:
        session.scalars(select(Media).where(Media.take_id == take.id)).one().has_audio = False
    with pytest.raises(ConflictError):
        again(take, "es")


def test_captions_of_others_are_not_found(client: CheckingClient) -> None:
    take = make_captioned_take(make_attempt())
    enter(client, make_attempt())
    assert client.submit(f"/interview/takes/{take.id}/captions/language", {"language": "es"}).status_code == 404
    answer = make_captioned_answer("Words", attempt=make_attempt(submitted_at=NOON))
    sign_in(client, make_user(Role.REVIEWER))
    assert client.submit(f"/review/captions/{answer.take_id}/language", {"language": "es"}).status_code == 404
