"""Staff can tell two candidates of the same name apart everywhere; in blind review nothing reveals their identity."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from flask import Flask

from app.accommodations import services as accommodations
from app.accounts.models import Role, StaffUser
from app.audit import Actor, AuditAction, record
from app.extensions import db
from app.ids import READABLE, new_reference
from app.interviews.models import Attempt, BlindMode, Interview, Invitation
from app.recording.models import Answer
from app.review.neutral_label import neutral_label
from app.review.search.services import index_attempt
from app.sealing import get_sealer
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer
from tests.factories import NOON, enter, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient

NAME = "Ada Osei"


@pytest.fixture
def reviewer(app: Flask) -> StaffUser:
    return make_user(Role.REVIEWER, name="Rae Reviewer")


@pytest.fixture
def interview(reviewer: StaffUser) -> Interview:
    return make_interview(title="Night porter", reviewers=[reviewer])


@pytest.fixture
def answers(interview: Interview) -> list[Answer]:
    """One answer each of two candidates who have the same name."""
    found = []
    for _each in range(2):
        attempt = make_attempt(interview, submitted_at=NOON)
        with transaction() as session:
            session.get_one(Invitation, attempt.invitation_id).candidate_name = NAME
        found.append(make_captioned_answer("Visitors came at night", attempt=attempt, recording=None))
        with transaction() as session:
            index_attempt(session, attempt.id)
    return found


def references(answers: list[Answer]) -> list[str]:
    return [answer.attempt.invitation.reference for answer in answers]


def text_of(client: CheckingClient, address: str) -> str:
    return " ".join(client.page(address).get_text(" ", strip=True).split())


def test_a_reference_is_random_and_can_be_read_aloud() -> None:
    drawn = {new_reference() for _ in range(200)}
    assert len(drawn) == 200
    assert all(re.fullmatch(f"[{READABLE}]{{6}}", each) for each in drawn)


def test_every_page_of_a_reviewer_shows_the_reference_beside_the_name(
    client: CheckingClient, reviewer: StaffUser, interview: Interview, answers: list[Answer]
) -> None:
    sign_in(client, reviewer)
    one, other = references(answers)
    base = f"/review/interviews/{interview.id}"
    for address in (base, f"{base}/search?q=visitors", f"{base}/questions/{answers[0].question_id}"):
        told = text_of(client, address)
        assert f"{NAME} ({one})" in told
        assert f"{NAME} ({other})" in told
    page = client.page(f"/review/answers/{answers[1].id}")
    assert f"{NAME} ({other}), question 1" in page.get_text()
    assert page.title
    assert other in page.title.get_text()
    found = client.page(f"{base}/search?q=visitors&candidate={answers[0].attempt_id}")
    assert found.select_one(f'option[value="{answers[0].attempt_id}"]').get_text() == f"{NAME} ({one})"  # type: ignore[union-attr]


def test_every_page_of_other_staff_shows_the_reference(
    client: CheckingClient, interview: Interview, answers: list[Answer]
) -> None:
    one, other = references(answers)
    invitation = answers[0].attempt.invitation_id
    open_ = make_attempt(interview)
    with transaction() as session:
        session.get_one(Invitation, open_.invitation_id).candidate_name = NAME
        found = session.get_one(Attempt, open_.id)
        accommodations.ask(session, found, [], "More light.", sealer=get_sealer(), now=NOON)
        record(
            session, AuditAction.CONSENT_GIVEN, actor=Actor("candidate", answers[0].attempt_id),
            subject=("attempt", answers[0].attempt_id), now=NOON, version="1",
        )  # fmt: skip
    sign_in(client, make_user(Role.COORDINATOR, Role.COMPLIANCE))
    third = open_.invitation.reference
    listed = text_of(client, f"/manage/interviews/{interview.id}/invitations/")
    assert all(f"{NAME} ({each})" in listed for each in (one, other, third))
    for address in ("/manage/requests", f"/manage/invitations/{open_.invitation_id}/accommodations"):
        assert f"{NAME} ({third})" in text_of(client, address)
    for address in ("people/?q=ada", f"people/{invitation}", f"people/{invitation}/erase", f"people/{invitation}/hold"):
        assert f"{NAME} ({one})" in text_of(client, f"/compliance/{address}")
    assert f"{NAME} ({one}) agreed to be recorded." in text_of(client, "/compliance/")


@pytest.mark.parametrize("as_typed", [str.lower, str.upper])
def test_candidate_is_found_by_a_quoted_reference(client: CheckingClient, answers: list[Answer], as_typed: Any) -> None:
    with transaction() as session:
        session.get_one(Attempt, answers[0].attempt_id).receipt = "ABCD-2345-WXYQ"
    sign_in(client, make_user(Role.COMPLIANCE))
    one, other = references(answers)
    for typed in (one, "ABCD-2345-WXYQ"):
        told = text_of(client, f"/compliance/people/?q={as_typed(typed)}")
        assert one in told
        assert other not in told


def hand_in(client: CheckingClient, answers: list[Answer]) -> None:
    for answer in answers:
        form = {"do": "hand in", "comment": "Clear.", "version": "0"}
        assert client.submit(f"/review/answers/{answer.id}/score", form).status_code == 303
        assert client.submit(f"/review/answers/{answer.id}/score/hand-in", {"version": "1"}).status_code == 303


def test_export_of_scores_identifies_candidate_interview_and_question(
    client: CheckingClient, reviewer: StaffUser, interview: Interview, answers: list[Answer]
) -> None:
    sign_in(client, reviewer)
    hand_in(client, answers)
    exported = client.submit(f"/review/interviews/{interview.id}/scores.csv")
    assert exported.headers["Content-Disposition"] == "attachment; filename=scores-night-porter.csv"
    rows = {row["Reference"]: row for row in csv.DictReader(io.StringIO(exported.text.removeprefix("\ufeff")))}
    assert set(rows) == set(references(answers))
    for answer in answers:
        row = rows[answer.attempt.invitation.reference]
        assert row["Candidate"] == NAME
        assert (row["Interview"], row["Interview id"]) == ("Night porter", interview.id)
        assert (row["Question"], row["Text of the question"]) == ("1", "Question number 1?")
        assert (row["Question id"], row["Answer id"], row["Candidate id"]) == (
            answer.question_id, answer.id, answer.attempt_id,
        )  # fmt: skip
        assert row["Reviewer"] == "Rae Reviewer"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", row["Handed in at (UTC)"])


@pytest.mark.parametrize("blind", [BlindMode.VOICE, BlindMode.TEXT])
def test_blind_review_reveals_no_identity(
    client: CheckingClient, reviewer: StaffUser, interview: Interview, answers: list[Answer], blind: BlindMode
) -> None:
    with transaction() as session:
        session.get_one(Interview, interview.id).blind = str(blind)
    sign_in(client, reviewer)
    hand_in(client, answers)
    captions = client.get(f"/captions/{answers[0].take_id}.srt", check=False)
    answers_given = [
        client.get(f"/review/interviews/{interview.id}"),
        client.get(f"/review/answers/{answers[0].id}"),
        client.get(f"/review/interviews/{interview.id}/search?q=visitors"),
        client.submit(f"/review/interviews/{interview.id}/scores.csv"),
        captions,
    ]
    for given in answers_given:
        told = given.text + str(given.headers)
        assert NAME not in told
        assert "ada-osei" not in told
        assert not any(reference in told for reference in references(answers))
        assert not any(reference.lower() in str(given.headers) for reference in references(answers))
    label = neutral_label(answers[0].attempt_id)
    assert label in answers_given[3].text
    assert captions.status_code == 200
    assert f"candidate-{label.lower()}-question-1-captions" in captions.headers["Content-Disposition"]


def test_files_are_named_after_their_content(
    client: CheckingClient, reviewer: StaffUser, answers: list[Answer]
) -> None:
    answer, reference = answers[0], references(answers)[0].lower()
    sign_in(client, reviewer)
    media = client.get(f"/media/{answer.take_id}")
    assert media.headers["Content-Disposition"] == f"inline; filename=ada-osei-{reference}-question-1.webm"
    media.close()
    captions = client.get(f"/captions/{answer.take_id}.srt", check=False).headers["Content-Disposition"]
    assert captions == f"attachment; filename=ada-osei-{reference}-question-1-captions-automatic-not-checked.srt"
    enter(client, db.session.get_one(Attempt, answer.attempt_id))
    own = client.get(f"/media/{answer.take_id}")
    assert own.headers["Content-Disposition"] == "inline; filename=question-1-take-1.webm"
    own.close()
    sign_in(client, make_user(Role.COMPLIANCE))
    invitation = answer.attempt.invitation_id
    for address, name in (("story.csv", "story"), ("data.zip", "data")):
        given = client.submit(f"/compliance/people/{invitation}/{address}")
        suffix = address.split(".")[1]
        assert given.headers["Content-Disposition"] == f"attachment; filename={name}-ada-osei-{reference}.{suffix}"
        given.close()


def test_export_of_a_story_identifies_candidate_interview_and_questions(
    client: CheckingClient, answers: list[Answer], reviewer: StaffUser
) -> None:
    sign_in(client, reviewer)
    hand_in(client, answers[:1])
    sign_in(client, make_user(Role.COMPLIANCE))
    invitation = answers[0].attempt.invitation
    exported = client.submit(f"/compliance/people/{invitation.id}/story.csv").text.removeprefix("\ufeff")
    row = next(row for row in csv.DictReader(io.StringIO(exported)) if row["action"] == "score handed in")
    assert (row["candidate"], row["reference"], row["invitation"]) == (NAME, invitation.reference, invitation.id)
    assert (row["interview"], row["interview_id"]) == ("Night porter", invitation.interview_id)
    assert (row["question"], row["question_words"], row["by"]) == ("1", "Question number 1?", "Rae Reviewer")
