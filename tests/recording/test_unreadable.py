"""An unreadable recording does not count: the candidate reads the reason and what to do, and the question stays
unanswered.
"""

from __future__ import annotations

from io import BytesIO

import pytest

from app.extensions import db
from app.interviews.models import Attempt
from app.media.facts import Refusal
from app.recording import wording
from app.recording.models import Answer, Stage, StageRun, StageState, Take, WrittenDraft
from app.recording.question_status import task_list
from app.recording.rules import TaskState
from app.transaction import transaction
from tests.answer_factories import set_stages
from tests.factories import NOON
from tests.recording.candidate import RECORDING, Candidate


def fail(take_id: str, problem: str = Refusal.NOT_MEDIA, stage: Stage = Stage.ASSEMBLE) -> None:
    set_stages(take_id, StageState.FAILED if stage is Stage.ASSEMBLE else StageState.DONE)
    with transaction() as session:
        run = StageRun(
            take_id=take_id, stage=str(stage), state=str(StageState.FAILED), problem=problem, updated_at=NOON
        )
        session.merge(run)


def hand_in(candidate: Candidate) -> int:
    address = f"/interview/questions/{candidate.questions[0]}/file"
    return candidate.client.submit(address, {"file": (BytesIO(RECORDING), "answer.xyz")}).status_code


def newest_take() -> Take:
    db.session.rollback()
    return db.session.query(Take).order_by(Take.number.desc()).first()  # type: ignore[return-value]


def task(attempt: Attempt):  # type: ignore[no-untyped-def]
    db.session.rollback()
    return task_list(db.session(), db.session.get_one(Attempt, attempt.id))[0]


@pytest.mark.parametrize("stage", [Stage.ASSEMBLE, Stage.ENCODE])
def test_an_unreadable_file_uses_up_no_take(candidate: Candidate, attempt: Attempt, stage: Stage) -> None:
    before = task(attempt).remaining_takes
    for _ in range(5):  # more uploads than the number of takes allowed
        assert hand_in(candidate) == 303
        fail(newest_take().id, stage=stage)
        assert task(attempt).remaining_takes == before


@pytest.mark.parametrize("reason", [*Refusal, "OSError", "gave up"])
def test_the_reason_and_the_way_on_are_said(candidate: Candidate, attempt: Attempt, reason: str) -> None:
    hand_in(candidate)
    fail(newest_take().id, reason)
    page = candidate.client.page(f"/interview/questions/{candidate.questions[0]}")
    said = page.get_text(" ", strip=True)
    for sentence in wording.unreadable_words(newest_take()):
        assert sentence in said
    assert "This recording could not be read, so it is not an answer" in said
    assert "Record your answer again, or send another file." in said


def test_every_reason_has_words_of_its_own_or_those_of_a_large_file() -> None:
    said = [wording._reason_words(reason) for reason in Refusal]
    assert not any("Something went wrong" in sentence for sentence in said)
    assert len(set(said)) == 6


def test_the_check_page_says_no_answer_for_a_chosen_recording_that_cannot_be_read(
    candidate: Candidate, attempt: Attempt
) -> None:
    take = candidate.record()
    assert candidate.keep(take).status_code in (200, 303)
    fail(take.id)
    found = task(attempt)
    assert (found.is_answered, found.state) == (False, TaskState.UNREADABLE)
    page = candidate.client.page("/interview/")
    words = page.get_text(" ", strip=True)
    assert "No answer: your recording could not be read" in words
    assert "0 of 3 answered." in words
    assert page.find("form", id="send") is None


def test_sending_takes_a_readable_recording_in_place_of_a_chosen_one_that_is_not(
    candidate: Candidate, attempt: Attempt
) -> None:
    good, bad = candidate.record(), candidate.record()
    candidate.keep(bad)
    fail(bad.id)
    sent = candidate.client.submit("/interview/submit", {"unanswered": "1 2 3"})
    assert sent.status_code == 303, sent.text
    db.session.rollback()
    assert [answer.take_id for answer in db.session.query(Answer)] == [good.id]


def test_sending_takes_what_was_written_in_place_of_a_recording_that_cannot_be_read(
    candidate: Candidate, attempt: Attempt
) -> None:
    bad = candidate.record()
    candidate.keep(bad)
    fail(bad.id)
    with transaction() as session:
        draft = WrittenDraft(attempt_id=attempt.id, question_id=candidate.questions[0], text="In writing.", version=1)
        draft.saved_at = NOON
        session.add(draft)
    assert task(attempt).state == TaskState.WRITTEN
    assert candidate.client.submit("/interview/submit", {"unanswered": "1 2 3"}).status_code == 303
    db.session.rollback()
    assert [answer.text for answer in db.session.query(Answer)] == ["In writing."]


def test_a_take_being_encoded_shows_its_progress_and_can_be_chosen(candidate: Candidate, attempt: Attempt) -> None:
    take = candidate.record()
    set_stages(take.id, StageState.DONE)
    with transaction() as session:
        run = StageRun(take_id=take.id, stage=str(Stage.ENCODE), state=str(StageState.RUNNING), updated_at=NOON)
        run.percent = 40
        session.merge(run)
    page = candidate.client.page(f"/interview/questions/{candidate.questions[0]}")
    assert "Making it playable in every browser: 40 %" in page.get_text(" ", strip=True)
    assert page.select_one("#takes progress")["value"] == "40"  # type: ignore[index]
    assert "Ready to play" not in page.get_text(" ", strip=True)
    assert candidate.keep(take).status_code in (200, 303)
    assert task(attempt).is_answered
