"""The audit log, the page about a candidate and the exports stay correct when data is changed, deleted or erased later."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import select

from app import demo, housekeeping, pipeline
from app.accommodations import decisions
from app.accommodations import services as accommodations
from app.accommodations.models import Source
from app.accommodations.rules import Given, Kind, Policy
from app.accounts.models import Role, StaffUser
from app.audit import Actor, AuditEvent
from app.compliance import erasure_run
from app.compliance.models import Erasure
from app.extensions import db
from app.interviews import manage_services
from app.interviews import services as interviews
from app.interviews.models import Attempt, Interview, Question
from app.recording import services as recording
from app.recording import viewing
from app.recording.models import Answer, Take, TakeKind
from app.recording.upload import incoming
from app.sealing import get_sealer
from app.storage import get_storage
from app.transaction import transaction
from tests.answer_factories import make_answer
from tests.factories import ANSWER, NOON, enter, make_attempt, make_interview, make_take, make_user, sign_in
from tests.page_check import CheckingClient

HOUR = timedelta(hours=1)
LATER = NOON + timedelta(days=900)


def send(attempt: Attempt, *, answers: int = 1, at: timedelta = HOUR) -> None:
    with transaction() as session:
        found = session.get_one(Attempt, attempt.id)
        interviews.submit_attempt(session, found, answers=answers, now=NOON + at)


def look(reviewer: StaffUser, answer: Answer) -> None:
    with transaction() as session:
        viewing.note_viewing(session, reviewer, session.get_one(Answer, answer.id), now=NOON + HOUR)


def move_to_the_end(question: Question) -> None:
    with transaction() as session:
        found = session.get_one(Question, question.id)
        manage_services.move_question(session, found, 9, actor=make_coordinator(), now=NOON)


def make_coordinator(name: str = "Cora") -> StaffUser:
    with db.session.no_autoflush:
        found = db.session.scalar(select(StaffUser).where(StaffUser.name == name))
    assert found
    return found


def record_file(attempt: Attempt, question: Question) -> Take:
    """Answer a question with an uploaded file, using the form."""
    content = ANSWER.read_bytes()
    with transaction() as session:
        found = session.get_one(Attempt, attempt.id)
        upload_id = "u" * 26
        expected = incoming.Expected(size=len(content), most=len(content))
        received = incoming.store_body(get_storage(), io.BytesIO(content), upload_id, 0, expected, now=NOON)
        take = recording.add_file(
            session, found, question.id, upload_id, received, kind=TakeKind.FILE, expiry=timedelta(days=1), now=NOON
        )
        recording.choose_take(session, found, take.id, now=NOON)
    return take


def story_text(client: CheckingClient, attempt: Attempt | str) -> str:
    invitation = attempt if isinstance(attempt, str) else attempt.invitation_id
    return " ".join(client.page(f"/compliance/people/{invitation}").get_text(" ", strip=True).split())


def test_numbers_in_past_sentences_stay_when_questions_are_moved(client: CheckingClient, officer: StaffUser) -> None:
    make_user(Role.COORDINATOR, name="Cora")
    interview = make_interview()
    attempt, (first, _second, _third) = make_attempt(interview), interview.questions
    with transaction() as session:
        found = session.get_one(Attempt, attempt.id)
        recording.start_take(session, found, first.id, TakeKind.AUDIO, now=NOON)
    before = story_text(client, attempt)
    exported = client.submit(f"/compliance/people/{attempt.invitation_id}/story.jsonl", {}).text.splitlines()[0]
    assert "Question 1, recording 1" in before
    assert "question: 1; recording limit" in before
    move_to_the_end(first)
    after = story_text(client, attempt)
    assert "Question 1, recording 1" in after
    assert "question: 1; recording limit" in after
    assert client.submit(f"/compliance/people/{attempt.invitation_id}/story.jsonl", {}).text.splitlines()[0] == exported


def test_the_number_of_an_old_event_is_not_invented(client: CheckingClient, officer: StaffUser) -> None:
    take = make_take(make_attempt())
    with transaction() as session:
        keys = {"question": take.question_id, "number": 1, "recording_seconds": 60, "thinking_seconds": 0, "retakes": 0}
        event = AuditEvent(
            number=1, at=NOON, action="take started", actor_kind="candidate", actor_id=take.attempt_id,
            subject_kind="take", subject_id=take.id, details=keys, previous="0" * 64, hash="1" * 64,
        )  # fmt: skip
        session.add(event)
    assert "question: its number then is not known; it is now 1" in story_text(client, take.attempt)


def test_the_own_copy_keeps_numbers_and_both_files_where_two_questions_had_one(
    client: CheckingClient, officer: StaffUser
) -> None:
    make_user(Role.COORDINATOR, name="Cora")
    interview = make_interview(questions=2)
    attempt, (first, second) = make_attempt(interview), interview.questions
    one = record_file(attempt, first)
    move_to_the_end(first)
    other = make_take(attempt, second)
    assert (one.question_number, other.question_number) == (1, 1)
    pipeline.run_stage("assemble", one.id)
    answer = client.submit(f"/compliance/people/{attempt.invitation_id}/data.zip", {})
    with ZipFile(io.BytesIO(answer.data)) as archive:
        held = json.loads(archive.read("data.json"))
        names = archive.namelist()
    assert [take["question"] for take in held["takes"]] == [1, 1]
    assert len(names) == len(set(names))
    assert held["answers"][0] | {"take": ""} == {
        "number": 1, "question": "Question number 1?", "take": "", "text": None, "scores": [], "notes": [],
    }  # fmt: skip


@pytest.mark.parametrize("by", ["erasure", "retention"])
def test_viewers_are_known_after_the_answers_were_deleted(client: CheckingClient, officer: StaffUser, by: str) -> None:
    reviewer = make_user(Role.REVIEWER, name="Rae Reviewer")
    attempt = make_attempt()
    answer = make_answer(attempt, text="So.")
    send(attempt)
    look(reviewer, answer)
    if by == "retention":
        assert housekeeping.delete_what_is_due(LATER) == 1
        assert "Rae Reviewer : 1 time" in story_text(client, attempt)
    erasure_run.erase(attempt.invitation_id, actor=Actor("staff", officer.id), now=LATER)
    assert "Rae Reviewer : 1 time" in story_text(client, attempt.invitation_id)


def test_facts_missing_from_an_old_erasure_are_marked_as_unknown(client: CheckingClient, officer: StaffUser) -> None:
    attempt = make_attempt()
    make_answer(attempt, text="So.")
    send(attempt)
    erasure_run.erase(attempt.invitation_id, actor=Actor("staff", officer.id), now=NOON)
    told = story_text(client, attempt.invitation_id)
    assert "Who viewed the answers? Nobody." in told
    with transaction() as session:
        session.scalars(select(Erasure)).one().answers = None
    assert "Who viewed the answers? This is no longer known." in story_text(client, attempt.invitation_id)


def test_a_receipt_and_a_reviewer_are_told_that_an_answer_was_deleted(app: Flask, client: CheckingClient) -> None:
    reviewer = make_user(Role.REVIEWER)
    interview = make_interview(reviewers=[reviewer])
    attempt = make_attempt(interview)
    make_answer(attempt, text="So.")
    send(attempt)
    housekeeping.delete_what_is_due(LATER)
    enter(client, attempt)
    told = client.page("/interview/receipt").get_text(" ", strip=True)
    assert "1 of 3" in told
    assert "1 of your answers was deleted" in told
    sign_in(client, reviewer)
    cells = client.page(f"/review/interviews/{interview.id}").select("#answers tbody td")
    assert [" ".join(cell.get_text().split()) for cell in cells] == [
        "Deleted: the time for keeping it is over", "No answer", "No answer",
    ]  # fmt: skip


def test_length_of_a_file_is_measured(client: CheckingClient, officer: StaffUser) -> None:
    attempt = make_attempt()
    take = record_file(attempt, attempt.interview.questions[0])
    told = story_text(client, attempt)
    assert not re.search(r"\b0 seconds", told)
    assert "length, as counted while recording: not known" in told
    pipeline.run_stage("assemble", take.id)
    db.session.expire_all()
    seconds = round((db.session.get_one(Take, take.id).measured_ms or 0) / 1000)
    assert seconds > 1
    told = story_text(client, attempt)
    assert f"length, as measured: {seconds} seconds" in told
    assert f"{seconds} seconds; removed" not in told
    erasure_run.erase(attempt.invitation_id, actor=Actor("staff", officer.id), now=NOON)
    assert f"length, as measured: {seconds} seconds" in story_text(client, attempt.invitation_id)


def test_the_log_of_the_demo_says_how_long_its_recordings_are(
    client: CheckingClient, officer: StaffUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIRTAKE_DEMO_FOLDER", str(tmp_path))
    attempt_id = demo._seed(json.loads((demo.FOLDER / "demo.json").read_text()), NOON)
    takes = list(db.session.scalars(select(Take.id).where(Take.attempt_id == attempt_id)))
    for take_id in takes:
        pipeline.run_stage("assemble", take_id)
    db.session.expire_all()
    told = story_text(client, db.session.get_one(Attempt, attempt_id))
    assert not re.search(r"\b0 seconds", told)
    assert told.count("length, as measured:") == len(takes) > 1


def test_decisions_name_the_decider_and_the_grant_that_counts(client: CheckingClient, officer: StaffUser) -> None:
    cora, sam = make_user(Role.COORDINATOR, name="Cora"), make_user(Role.COORDINATOR, name="Sam")
    attempt = make_attempt()
    with transaction() as session:
        found = session.get_one(Attempt, attempt.id)
        decisions.save_policy(session, found.interview, Policy(recording_percent=200), user=cora, now=NOON)
        accommodations.ask(session, found, [Given(Kind.RECORDING_TIME, 400)], "", sealer=get_sealer(), now=NOON)
        (request,) = accommodations.requests_of(session, attempt.id)
        decisions.grant(session, request.id, None, "", user=cora, sealer=get_sealer(), now=NOON + HOUR)
        decisions.lengthen(session, found, Given(Kind.RETAKES, 3), user=sam, now=NOON + HOUR)
        retakes = next(each for each in accommodations.grants_of(session, attempt.id) if each.kind == Kind.RETAKES)
        decisions.shorten(session, retakes.id, user=cora, now=NOON + 2 * HOUR)
    told = story_text(client, attempt)
    assert "Decided by Cora." in told
    rows = [row.get_text(" ", strip=True) for row in client.page(
        f"/compliance/people/{attempt.invitation_id}").select("#grants tbody tr")]  # fmt: skip
    assert len(rows) == 3
    assert "still in force Not in use now. It was replaced by: 4 times the recording time." in rows[0]
    assert "a decision of Cora" in rows[1] or "a decision of Cora" in rows[2]
    assert any("a decision of Sam" in row and "ended by Cora" in row for row in rows)
    sign_in(client, sam)
    coordinators = client.page(f"/manage/invitations/{attempt.invitation_id}/accommodations").get_text(" ", strip=True)
    assert "decided by Cora" in coordinators
    assert "Not in use now. It was replaced by: 4 times the recording time." in coordinators
    enter(client, attempt)
    assert "Not in use now." in client.page("/interview/accommodations").get_text(" ", strip=True)


def test_declined_request_is_not_shown_as_no_request(client: CheckingClient, officer: StaffUser) -> None:
    cora, attempt = make_user(Role.COORDINATOR, name="Cora"), make_attempt()
    with transaction() as session:
        found = session.get_one(Attempt, attempt.id)
        accommodations.ask(session, found, [], "More light.", sealer=get_sealer(), now=NOON)
        (request,) = accommodations.requests_of(session, attempt.id)
        decisions.decline(session, request.id, "No lamp.", user=cora, sealer=get_sealer(), now=NOON)
    told = story_text(client, attempt)
    assert "The candidate asked for something, and nothing was granted." in told
    assert "Nothing was asked for" not in told


@pytest.mark.parametrize(("at", "was_late"), [(HOUR, False), (3 * HOUR, True)])
def test_record_says_whether_the_deadline_passed_before_sending(
    client: CheckingClient, officer: StaffUser, at: timedelta, was_late: bool
) -> None:
    attempt = make_attempt(make_interview(deadline_at=NOON + 2 * HOUR))
    make_answer(attempt, text="So.")
    send(attempt, at=at)
    with transaction() as session:
        session.get_one(Interview, attempt.interview.id).deadline_at = NOON + (9 * HOUR if was_late else -9 * HOUR)
    assert ("the deadline passed before the answers were sent" in story_text(client, attempt)) is was_late


def test_several_deadline_grants_add_up(app: Flask) -> None:
    attempt = make_attempt()
    with transaction() as session:
        found = session.get_one(Attempt, attempt.id)
        for days in (5, 3):
            accommodations.give(
                session, found, Given(Kind.DEADLINE, days), source=Source.DECISION, actor=Actor("staff", "s"), now=NOON
            )
        assert accommodations.superseding_grants(accommodations.grants_of(session, attempt.id)) == {}


def test_the_scores_name_the_question_as_it_was_asked(client: CheckingClient) -> None:
    make_user(Role.COORDINATOR, name="Cora")
    reviewer = make_user(Role.REVIEWER)
    interview = make_interview(reviewers=[reviewer])
    attempt = make_attempt(interview)
    answer = make_answer(attempt, interview.questions[0], text="So.")
    send(attempt)
    sign_in(client, reviewer)
    client.submit(f"/review/answers/{answer.id}/score", {"do": "hand in", "comment": "Clear.", "version": "0"})
    client.submit(f"/review/answers/{answer.id}/score/hand-in", {"version": "1"})
    move_to_the_end(interview.questions[0])
    row = next(iter(csv.DictReader(io.StringIO(client.submit(f"/review/interviews/{interview.id}/scores.csv").text))))
    assert row["Question"] == "1"
