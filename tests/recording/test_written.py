"""Written answers: saved during typing, chosen like a take, and not overwritten by a second device."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.audit import AuditEvent
from app.clock import now
from app.compliance.deletion import delete_answers
from app.compliance.retention import due_attempts
from app.extensions import db
from app.interviews.models import Attempt
from app.recording.models import Answer, WrittenDraft
from app.recording.written import MAX_TEXT_LENGTH
from app.transaction import transaction
from tests.factories import NOON, make_attempt, make_interview, make_uploaded_take
from tests.page_check import CheckingClient
from tests.recording.candidate import Candidate

HTMX = {"HX-Request": "true"}


@pytest.fixture
def address(candidate: Candidate) -> str:
    return f"/interview/questions/{candidate.questions[0]}/written"


def save(candidate: Candidate, address: str, text: str, version: int = 0, headers: Any = None, **fields: Any) -> Any:
    return candidate.client.submit(address, {"text": text, "version": version, **fields}, headers=headers or {})


def draft() -> WrittenDraft | None:
    db.session.rollback()
    return db.session.scalars(select(WrittenDraft)).one_or_none()


def answers() -> list[Answer]:
    db.session.rollback()
    return list(db.session.scalars(select(Answer)))


def test_typed_text_is_saved_and_shown_again(candidate: Candidate, address: str) -> None:
    assert save(candidate, address, "I led\r\na team.").status_code == 200
    saved = draft()
    assert saved is not None
    assert (saved.text, saved.version) == ("I led\na team.", 1)
    box = candidate.client.page(address).select_one("textarea")
    assert box is not None
    assert box.get_text().strip() == "I led\na team."
    assert answers() == []


def test_while_typing_only_the_state_of_the_saving_comes_back(candidate: Candidate, address: str) -> None:
    first = save(candidate, address, "One", headers=HTMX)
    assert "<html" not in first.text
    assert 'name="version" value="1"' in first.text
    assert 'name="version" value="2"' in save(candidate, address, "One two", version=1, headers=HTMX).text
    assert "data-say" not in first.text, "a pause in typing is not announced"


def test_saving_the_same_again_changes_nothing(candidate: Candidate, address: str) -> None:
    for version in (0, 1, 0):
        assert save(candidate, address, "One", version=version).status_code == 200
    assert (draft() or WrittenDraft()).version == 1


def test_a_second_device_is_shown_both_texts_and_loses_nothing(candidate: Candidate, address: str) -> None:
    save(candidate, address, "From the telephone")
    late = save(candidate, address, "From the <b>computer</b>")
    assert late.status_code == 409
    assert "From the telephone" in late.text
    assert "From the &lt;b&gt;computer&lt;/b&gt;" in late.text
    assert (draft() or WrittenDraft()).text == "From the telephone"
    typed = save(candidate, address, "From the computer", headers=HTMX)
    assert "Another device has saved a different text" in typed.text
    assert "data-say" in typed.text
    again = save(candidate, address, "From the computer!", headers=HTMX, is_told="y")
    assert "data-say" not in again.text, "it is announced once"
    assert save(candidate, address, "From the computer", replace=1).status_code == 200
    assert (draft() or WrittenDraft()).text == "From the computer"


def test_kept_it_is_the_answer_and_follows_what_is_typed_after(candidate: Candidate, address: str) -> None:
    assert save(candidate, address, "First", keep="y").status_code == 303
    assert [(answer.text, answer.take_id) for answer in answers()] == [("First", None)]
    save(candidate, address, "Second", version=1)
    assert [answer.text for answer in answers()] == ["Second"]
    assert "What you wrote is your answer" in candidate.client.page(address.removesuffix("/written")).get_text()
    save(candidate, address, "  ", version=2)
    assert answers() == []
    chosen = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "answer chosen")).all()
    assert len(chosen) == 1


def test_a_take_can_be_kept_instead_and_the_text_again(candidate: Candidate, address: str) -> None:
    save(candidate, address, "In writing", keep="y")
    take = candidate.record()
    candidate.keep(take)
    assert [(answer.text, answer.take_id) for answer in answers()] == [(None, take.id)]
    assert save(candidate, address, "In writing", version=1, keep="y").status_code == 303
    assert [(answer.text, answer.take_id) for answer in answers()] == [("In writing", None)]


@pytest.mark.parametrize("text", ["", "  \n "])
def test_empty_take_cannot_be_kept(candidate: Candidate, address: str, text: str) -> None:
    response = save(candidate, address, text, keep="y")
    assert response.status_code == 422
    assert "You have not written anything yet." in response.text
    assert draft() is None


def test_a_text_that_is_too_long_is_refused_and_stays_in_the_box(candidate: Candidate, address: str) -> None:
    response = save(candidate, address, "y" * (MAX_TEXT_LENGTH + 1))
    assert response.status_code == 422
    assert "y" * (MAX_TEXT_LENGTH + 1) in response.text
    assert draft() is None


@pytest.mark.parametrize("version", ["x", "-1", "9" * 30])
def test_a_version_that_no_page_of_ours_sends_saves_nothing(candidate: Candidate, address: str, version: str) -> None:
    assert save(candidate, address, "One", version=version).status_code in (409, 422)  # type: ignore[arg-type]
    assert draft() is None


def test_a_written_answer_that_was_not_chosen_is_sent(candidate: Candidate, address: str) -> None:
    save(candidate, address, "Only written")
    assert "Written, not chosen yet" in candidate.client.page("/interview/").get_text()
    assert candidate.client.submit("/interview/submit", {"unanswered": "1 2 3"}).status_code == 303
    assert [answer.text for answer in answers()] == ["Only written"]
    assert draft() is None
    assert "Only written" in candidate.client.page("/interview/receipt").get_text()
    assert save(candidate, address, "Later", version=1).status_code == 409
    assert candidate.client.get(address).status_code == 409


def test_after_the_deadline_it_can_be_read_nowhere_changed_and_still_sent(client: CheckingClient, app: object) -> None:
    interview = make_interview(deadline_at=now() + timedelta(days=1))
    candidate = Candidate(client, make_attempt(interview))
    address = f"/interview/questions/{candidate.questions[0]}/written"
    save(candidate, address, "In time")
    with transaction() as session:
        session.merge(interview).deadline_at = now() - timedelta(minutes=1)
    assert save(candidate, address, "Too late", version=1).status_code == 410
    assert candidate.client.submit("/interview/submit", {"unanswered": "1 2 3"}).status_code == 303
    assert [answer.text for answer in answers()] == ["In time"]


def test_after_consent_is_withdrawn_nothing_is_saved_and_the_page_says_so(candidate: Candidate, address: str) -> None:
    save(candidate, address, "While I agreed")
    candidate.client.submit("/interview/consent/refuse")
    answer = save(candidate, address, "After", version=1)
    assert answer.status_code == 409
    assert "You have not agreed to this interview" in answer.text
    assert (draft() or WrittenDraft()).text == "While I agreed"


def test_another_candidate_has_neither_the_page_nor_the_text(candidate: Candidate, address: str, app: Any) -> None:
    save(candidate, address, "Mine")
    stranger = Candidate(app.test_client(), make_attempt())
    assert stranger.client.get(address).status_code == 404
    assert save(stranger, address, "Theirs", version=1).status_code == 404
    assert (draft() or WrittenDraft()).text == "Mine"


def test_retention_deletes_what_was_written(candidate: Candidate, address: str) -> None:
    save(candidate, address, "Old")
    attempt = db.session.scalars(select(Attempt)).one()
    late = NOON + timedelta(days=3650)
    assert due_attempts(db.session(), now=late) == [attempt.id]
    with transaction() as session:
        delete_answers(session, attempt.id, now=late)
    assert draft() is None
    assert due_attempts(db.session(), now=late) == []


def test_the_sweeper_sends_the_written_answers_of_an_abandoned_attempt(client: CheckingClient, app: object) -> None:
    from app import housekeeping

    candidate = Candidate(client, make_attempt(make_interview(deadline_at=now() + timedelta(hours=1))))
    save(candidate, f"/interview/questions/{candidate.questions[0]}/written", "Not sent")
    make_uploaded_take()  # a take of another candidate
    housekeeping.complete_abandoned(now() + timedelta(days=3))
    assert [answer.text for answer in answers()] == ["Not sent"]
    db.session.rollback()
    assert db.session.get_one(Attempt, answers()[0].attempt_id).submitted_at is not None
