"""An auditor exports the record of one candidate, or gives candidates all data about them."""

from __future__ import annotations

import csv
import io
import json
from zipfile import ZipFile

import pytest

from app.accommodations import notices
from app.accommodations import services as accommodations
from app.accounts.models import StaffUser
from app.audit import Actor
from app.captions.trimmed import follow_trim
from app.compliance import holds
from app.interviews.models import Attempt, Invitation
from app.recording.trimming import trim_take
from app.sealing import get_sealer
from app.transaction import transaction
from tests.answer_factories import make_answer, make_captioned_answer, make_captioned_take
from tests.compliance.stories import actions, tell
from tests.factories import NOON, make_attempt, make_interview
from tests.page_check import CheckingClient

pytestmark = pytest.mark.every_database


def test_story_is_exported_as_safe_csv(attempt: Attempt, client: CheckingClient, officer: StaffUser) -> None:
    with transaction() as session:
        session.get_one(Invitation, attempt.invitation_id).candidate_name = "=cmd|'/c calc'!A1"
    answer = client.submit(f"/compliance/people/{attempt.invitation_id}/story.csv", {})
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(rows) == len(tell(attempt).events)
    assert all(not row["what_happened"].startswith(("=", "+", "-", "@")) for row in rows)
    assert any(row["what_happened"].startswith("'=cmd") for row in rows)
    assert actions()[-1] == "story exported"


def test_story_is_exported_as_json_lines(attempt: Attempt, client: CheckingClient, officer: StaffUser) -> None:
    answer = client.submit(f"/compliance/people/{attempt.invitation_id}/story.jsonl", {})
    rows = [json.loads(line) for line in answer.data.splitlines()]
    assert [row["number"] for row in rows] == [event.number for event in tell(attempt).events]


def test_person_gets_all_their_data(client: CheckingClient, officer: StaffUser) -> None:
    attempt = make_attempt(make_interview(), submitted_at=NOON)
    answer = make_captioned_answer("I said this", attempt=attempt)
    make_answer(attempt, attempt.interview.questions[1], text="I wrote that")
    sent = client.submit(f"/compliance/people/{attempt.invitation_id}/data.zip", {})
    assert sent.content_type == "application/zip"
    archive = ZipFile(io.BytesIO(sent.data))
    assert archive.testzip() is None
    assert set(archive.namelist()) == {
        "READ-ME.txt", "data.json", "recordings/question-1-take-1.webm", "captions/question-1-take-1-version-1.vtt",
    }  # fmt: skip
    assert "I said this" in archive.read("captions/question-1-take-1-version-1.vtt").decode()
    held = json.loads(archive.read("data.json"))
    assert held["name"] == attempt.invitation.candidate_name
    assert {one["text"] for one in held["answers"]} == {None, "I wrote that"}
    assert {one["take"] for one in held["answers"]} == {None, answer.take_id}
    assert actions()[-1] == "own data exported"


def test_person_also_gets_the_beginning_that_they_cut(client: CheckingClient, officer: StaffUser) -> None:
    attempt = make_attempt()
    take = make_captioned_take(attempt, "Recording starts", "I said this")
    with transaction() as session:
        trim_take(session, session.get_one(Attempt, attempt.id), take.id, 2000, now=NOON)
        follow_trim(session, take.id, before_ms=None, trim_ms=2000, now=NOON)
    sent = client.submit(f"/compliance/people/{attempt.invitation_id}/data.zip", {})
    archive = ZipFile(io.BytesIO(sent.data))
    assert {"recordings/question-1-take-1-whole.webm", "captions/question-1-take-1-whole-version-1.vtt"} <= set(
        archive.namelist()
    )
    assert "Recording starts" in archive.read("captions/question-1-take-1-whole-version-1.vtt").decode()
    assert json.loads(archive.read("data.json"))["takes"][0]["cut_from_the_beginning_ms"] == 2000
    page = client.get(f"/compliance/people/{attempt.invitation_id}").text
    assert "cut the beginning of a recording, or undid the cut." in page
    assert "2 seconds" in page


def test_text_that_no_key_decrypts_is_marked_in_the_data(
    attempt: Attempt, client: CheckingClient, officer: StaffUser
) -> None:
    with transaction() as session:
        (request,) = accommodations.requests_of(session, attempt.id)
        request.sealed_words = "gAAAAA of another key"
    assert (
        "the key that it was encrypted with is lost"
        in client.submit(f"/compliance/people/{attempt.invitation_id}/words", {}).text
    )
    sent = client.submit(f"/compliance/people/{attempt.invitation_id}/data.zip", {})
    held = json.loads(ZipFile(io.BytesIO(sent.data)).read("data.json"))
    assert held["requests"][0]["words"] == "[This text cannot be read: the key that it was encrypted with is lost.]"


def test_notices_and_holds_are_in_a_persons_data_without_reasons(
    attempt: Attempt, client: CheckingClient, officer: StaffUser
) -> None:
    with transaction() as session:
        mine = session.merge(attempt)
        (request,) = accommodations.requests_of(session, attempt.id)
        notices.queue_notice(session, request, now=NOON)
        actor = Actor("staff", officer.id)
        holds.place(session, mine.invitation, "The case of the parrot.", sealer=get_sealer(), actor=actor, now=NOON)
    sent = client.submit(f"/compliance/people/{attempt.invitation_id}/data.zip", {})
    held = json.loads(ZipFile(io.BytesIO(sent.data)).read("data.json"))
    assert held["mails"] == [{"about": held["requests"][0]["id"], "state": "waiting", "tries": 0, "ended_at": None}]
    assert held["holds"] == [{"placed_at": "2026-11-02T12:00:00+00:00", "ended_at": None}]
    assert "parrot" not in json.dumps(held)
    assert held["requests"][0]["words"] == "A quiet hour, please."
    assert actions()[-2:] == ["request read", "own data exported"]
