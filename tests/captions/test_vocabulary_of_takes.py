"""Who enters names and words for the speech model, what it is told, and that nobody else sees a candidate's own."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from zipfile import ZipFile

import pytest

from app import housekeeping
from app.accounts.models import Role
from app.captions import services
from app.captions.take_sound import vocabulary_of
from app.compliance.deletion import delete_answers
from app.config import current_config
from app.extensions import db
from app.interviews.models import Attempt, Interview, Question
from app.transaction import transaction
from tests.captions.remaking.builders import record_answer
from tests.captions.scripted import ScriptedModel
from tests.factories import NOON, enter, make_attempt, make_interview, make_take, make_user, sign_in
from tests.page_check import CheckingClient
from tests.recording.candidate import change_attempt

pytestmark = pytest.mark.every_database
SETTINGS = "/interview/preferences"
CHOICES = {"warnings": "y", "captions": "y", "countdown_seconds": "5"}
DETAILS = {"title": "Harbour guide", "language": "en", "retention_days": "365", "time_zone": "UTC"}


def told_of(attempt: Attempt) -> list[str]:
    """Return the vocabulary of a take of this attempt."""
    take = make_take(attempt)
    return vocabulary_of(db.session(), take.id)


def test_a_candidate_saves_their_words_and_sees_them_again(client: CheckingClient) -> None:
    attempt = make_attempt()
    enter(client, attempt)
    client.submit(SETTINGS, {**CHOICES, "own_words": " Aoife,  Larkfield\nspliced joints , aoife"})
    field = client.page(SETTINGS).select_one("textarea[name=own_words]")
    assert field
    assert field.get_text().strip() == "Aoife, Larkfield, spliced joints"
    db.session.rollback()
    assert told_of(db.session.get_one(Attempt, attempt.id))[:3] == ["Aoife", "Larkfield", "spliced joints"]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("<|endoftext|>", "cannot be used"),
        ("a" * 41, "at most 40 characters"),
        (",".join(f"w{n}" for n in range(31)), "30"),
    ],
)
def test_words_that_cannot_be_used_come_back_with_the_reason(client: CheckingClient, typed: str, message: str) -> None:
    enter(client, make_attempt())
    sent = client.submit(SETTINGS, {**CHOICES, "own_words": typed})
    assert sent.status_code == 422
    assert message in sent.text
    coordinator = make_user(Role.COORDINATOR)
    sign_in(client, coordinator)
    assert client.submit("/manage/interviews/new", {**DETAILS, "vocabulary": typed}).status_code == 422


def test_a_coordinator_saves_the_words_of_an_interview(client: CheckingClient) -> None:
    sign_in(client, make_user(Role.COORDINATOR))
    address = client.submit("/manage/interviews/new", {**DETAILS, "vocabulary": "Kinderbox\nAlma"}).headers["Location"]
    assert db.session.query(Interview).one().vocabulary == "Kinderbox, Alma"
    field = client.page(f"{address}/change").select_one("textarea[name=vocabulary]")
    assert field
    assert field.get_text().strip() == "Kinderbox, Alma"


def test_the_most_important_words_come_first(app: object) -> None:
    attempt = make_attempt(make_interview(vocabulary="Kinderbox"), preferences={"own_words": "Siobhán"})
    with transaction() as session:
        session.get_one(Question, attempt.interview.questions[0].id).prompt = "Why do you want to work at Larkfield?"
    name = attempt.invitation.candidate_name
    assert told_of(attempt) == ["Siobhán", name, "Kinderbox", "Larkfield"]


def test_the_model_is_told_them_and_the_name_of_the_organisation(app: object, monkeypatch: pytest.MonkeyPatch) -> None:
    model = ScriptedModel()
    monkeypatch.setattr(services, "get_transcriber", lambda _config: model)
    interview = make_interview(vocabulary="Kinderbox")
    record_answer(make_attempt(interview, submitted_at=NOON, preferences={"own_words": "Siobhán"}))
    (told,) = model.told
    assert told[0] == "Siobhán"
    assert "Kinderbox" in told
    assert told[-1] == current_config().organisation


def test_no_page_of_staff_shows_a_candidates_own_words(client: CheckingClient) -> None:
    reviewer, coordinator = make_user(Role.REVIEWER), make_user(Role.COORDINATOR)
    interview = make_interview(reviewers=[reviewer])
    attempt = make_attempt(interview, submitted_at=NOON, preferences={"own_words": "Xylophonia"})
    pages = {
        reviewer: [f"/review/interviews/{interview.id}"],
        coordinator: [f"/manage/interviews/{interview.id}", f"/manage/interviews/{interview.id}/invitations/"],
        make_user(Role.COMPLIANCE): [f"/compliance/people/{attempt.invitation_id}", "/compliance/"],
    }
    for user, addresses in pages.items():
        sign_in(client, user)
        for address in addresses:
            assert "Xylophonia" not in client.page(address).get_text()


def test_they_are_deleted_with_the_answers(app: object) -> None:
    attempt = make_attempt(preferences={"own_words": "Xylophonia", "hide_timer": True}, submitted_at=NOON)
    with transaction() as session:
        delete_answers(session, attempt.id, now=NOON)
    assert db.session.get_one(Attempt, attempt.id).preferences == {"hide_timer": True}


@pytest.mark.parametrize("is_sent", [True, False])
def test_retention_deletes_them_even_if_nothing_was_answered(client: CheckingClient, is_sent: bool) -> None:
    attempt = make_attempt(make_interview(retention_days=30, deadline_at=NOON))
    enter(client, attempt)
    client.submit(SETTINGS, {**CHOICES, "own_words": "Xylophonia"})
    if is_sent:
        change_attempt(attempt, submitted_at=NOON)
    housekeeping.delete_what_is_due(NOON + timedelta(days=29))
    assert "own_words" in preferences_of(attempt)
    assert housekeeping.delete_what_is_due(NOON + timedelta(days=31)) == 1
    assert "own_words" not in preferences_of(attempt)
    assert housekeeping.delete_what_is_due(NOON + timedelta(days=32)) == 0


def preferences_of(attempt: Attempt) -> dict[str, object]:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Attempt, attempt.id).preferences


def test_the_copy_of_a_persons_data_has_their_words(client: CheckingClient) -> None:
    attempt = make_attempt(preferences={"own_words": "Xylophonia"}, submitted_at=NOON)
    sign_in(client, make_user(Role.COMPLIANCE))
    sent = client.submit(f"/compliance/people/{attempt.invitation_id}/data.zip", {})
    assert "Xylophonia" in json.dumps(json.loads(ZipFile(io.BytesIO(sent.data)).read("data.json")))
