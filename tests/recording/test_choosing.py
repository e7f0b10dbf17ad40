"""Choosing a take, the task list, uploaded files, and what is deleted when the answers are sent."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from sqlalchemy import select

from app import clock
from app.audit import Actor, AuditEvent
from app.captions.models import CaptionTrack, TrackKind
from app.captions.services import add_track
from app.captions.shaping.cues import Cue
from app.errors import ConflictError
from app.extensions import db
from app.interviews.models import Attempt
from app.recording.in_use import questions_in_use
from app.recording.models import Answer, StageState, Take, Upload
from app.recording.rules import TaskState
from app.recording.services import remove_take, task_list
from app.recording.thinking_models import ThinkingTime
from app.recording.upload import incoming
from app.storage import LocalStorage, StorageUnavailableError, get_storage, read
from app.transaction import transaction
from tests.answer_factories import add_media, set_stages
from tests.factories import enter, make_attempt
from tests.recording.candidate import RECORDING, Candidate, fresh
from tests.recording.uploading import acknowledged, known_keys, stored_keys

ANYONE = Actor("system", "test")


def chosen(attempt: Attempt) -> list[str | None]:
    """Return the ids of the takes that are answers."""
    db.session.rollback()
    return list(db.session.scalars(select(Answer.take_id).where(Answer.attempt_id == attempt.id)))


def states(attempt: Attempt) -> list[TaskState]:
    db.session.rollback()
    return [task.state for task in task_list(db.session(), db.session.get_one(Attempt, attempt.id))]


def hand_in(candidate: Candidate, content: bytes, name: str = "answer.webm"):  # type: ignore[no-untyped-def]
    return candidate.client.submit(
        f"/interview/questions/{candidate.questions[0]}/file", {"file": (BytesIO(content), name)}
    )


def send_answers(candidate: Candidate) -> int:
    return candidate.client.submit("/interview/submit", {"unanswered": "1 2 3"}).status_code


def test_keeping_a_take_makes_it_the_answer_and_another_can_be_kept_after_it(
    candidate: Candidate, attempt: Attempt
) -> None:
    first, second = candidate.record(), candidate.record()
    response = candidate.keep(first)
    assert (response.status_code, response.location) == (303, "/interview/")
    assert chosen(attempt) == [first.id]
    candidate.keep(second)
    assert chosen(attempt) == [second.id]
    candidate.keep(first)
    assert chosen(attempt) == [first.id]
    details = db.session.scalars(
        select(AuditEvent.details).where(AuditEvent.action == "answer chosen").order_by(AuditEvent.number)
    ).all()
    assert [detail["take"] for detail in details] == [first.id, second.id, first.id]


def test_keeping_the_same_take_twice_is_one_choice(candidate: Candidate, attempt: Attempt) -> None:
    take = candidate.record()
    candidate.keep(take)
    candidate.keep(take)
    assert len(db.session.scalars(select(AuditEvent).where(AuditEvent.action == "answer chosen")).all()) == 1


def test_keeping_leads_to_the_next_question_and_confirms_the_choice(candidate: Candidate, attempt: Attempt) -> None:
    with transaction() as session:
        for question in session.get_one(Attempt, attempt.id).interview.questions:
            question.thinking_seconds = 0
    response = candidate.keep(candidate.record(0))
    assert response.location == f"/interview/questions/{candidate.questions[1]}"
    page = candidate.client.page(str(response.location)).get_text(" ")
    assert "Recording 1 is your answer to question 1." in page
    assert "is your answer to question 1." not in candidate.client.page(str(response.location)).get_text(" ")


def test_keeping_starts_no_thinking_time(candidate: Candidate, attempt: Attempt) -> None:
    response = candidate.keep(candidate.record(0))
    assert response.location == "/interview/"
    assert "Recording 1 is your answer to question 1." in candidate.client.page("/interview/").get_text(" ")
    assert db.session.get(ThinkingTime, (attempt.id, candidate.questions[1])) is None


def test_keeping_the_last_missing_answer_leads_to_the_check(candidate: Candidate) -> None:
    for number in reversed(range(len(candidate.questions))):
        response = candidate.keep(candidate.record(number))
    assert response.location == "/interview/"
    assert candidate.keep(candidate.record(0)).location == "/interview/"


def test_keeping_a_take_does_not_end_its_upload(
    candidate: Candidate, attempt: Attempt, enqueued: list[tuple[str, str]]
) -> None:
    take = candidate.begin()
    address = candidate.send(take, ended=False)
    assert candidate.keep(take).status_code == 303
    assert (chosen(attempt), enqueued) == ([take.id], [])
    assert candidate.tus.patch(address, len(RECORDING), b" and the rest").status_code == 204
    candidate.stop(take, (1, len(RECORDING) + len(b" and the rest")))
    assert enqueued == [("assemble", take.id)]
    assert fresh(take).is_whole
    assert acknowledged(address) == RECORDING + b" and the rest"


def test_a_take_can_be_kept_while_its_bytes_are_on_their_way(candidate: Candidate, attempt: Attempt) -> None:
    take = candidate.begin()
    candidate.stop(take, (1, 100))
    assert candidate.keep(take).status_code == 303
    task = task_list(db.session(), db.session.get_one(Attempt, attempt.id))[0]
    assert (task.is_answered, task.is_uploading) == (True, True)


def test_take_without_bytes_cannot_be_kept(candidate: Candidate, attempt: Attempt) -> None:
    empty, unreadable = candidate.begin(), candidate.record(1)
    set_stages(unreadable.id, StageState.FAILED)
    for take in (empty, unreadable):
        assert candidate.keep(take).status_code == 409
    assert chosen(attempt) == []
    assert candidate.takes(1)[0]["keep_url"] is None


def test_nothing_is_chosen_after_the_answers_were_sent(candidate: Candidate, attempt: Attempt) -> None:
    first, second = candidate.record(), candidate.record()
    candidate.keep(first)
    with transaction() as session:
        session.get_one(Attempt, attempt.id).submitted_at = clock.now()
    assert candidate.keep(second).status_code == 409
    assert chosen(attempt) == [first.id]


def test_a_choice_is_possible_after_the_deadline(candidate: Candidate, attempt: Attempt) -> None:
    take = candidate.record()
    with transaction() as session:
        session.get_one(Attempt, attempt.id).interview.deadline_at = clock.now()
    assert candidate.keep(take).status_code == 303


def test_take_of_another_candidate_cannot_be_kept(candidate: Candidate) -> None:
    take = candidate.record()
    enter(candidate.client, make_attempt())
    assert candidate.keep(take).status_code == 404
    assert chosen(take.attempt) == []


def test_the_task_list_says_where_each_question_stands(candidate: Candidate, attempt: Attempt) -> None:
    assert states(attempt) == [TaskState.NOT_STARTED] * 3
    candidate.keep(candidate.record(0))
    candidate.record(1)
    candidate.send(candidate.begin(2), ended=False)
    assert states(attempt) == [TaskState.ANSWERED, TaskState.RECORDED, TaskState.INTERRUPTED]
    tasks = task_list(db.session(), db.session.get_one(Attempt, attempt.id))
    assert [task.remaining_takes for task in tasks] == [2, 2, 2]
    assert questions_in_use(db.session(), attempt.interview.id) == set(candidate.questions)


def test_a_file_made_elsewhere_becomes_a_take(
    candidate: Candidate, attempt: Attempt, enqueued: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "PIECE", 10)
    assert hand_in(candidate, RECORDING).status_code == 303
    take = db.session.scalars(select(Take)).one()
    assert (take.kind, take.is_whole, take.complete_at is not None) == ("file", True, True)
    assert enqueued == [("assemble", take.id)]
    assert b"".join(read(get_storage(), part.key) for part in take.uploads[0].parts) == RECORDING
    assert len(take.uploads[0].parts) == 3
    candidate.client.page(f"/interview/questions/{candidate.questions[0]}")


def test_a_file_never_goes_into_a_take_that_a_recorder_has_reserved(candidate: Candidate) -> None:
    reserved = candidate.begin()
    hand_in(candidate, RECORDING)
    assert [take["number"] for take in candidate.takes()] == [2]
    assert fresh(reserved).uploads == []
    candidate.send(reserved)


@pytest.mark.parametrize("content", [b"", None])
def test_no_file_or_an_empty_one_is_said_on_the_form(candidate: Candidate, content: bytes | None) -> None:
    address = f"/interview/questions/{candidate.questions[0]}/file"
    response = hand_in(candidate, content) if content is not None else candidate.client.submit(address, {})
    assert response.status_code == 422
    assert "Error: Send a file" in response.text
    assert (db.session.scalars(select(Take)).all(), stored_keys()) == ([], set())


def test_a_file_over_the_limit_is_refused_and_leaves_nothing(
    candidate: Candidate, use_config: Callable[..., None]
) -> None:
    use_config(upload_limit=10)
    response = hand_in(candidate, b"x" * 11)
    assert response.status_code == 413
    assert (db.session.scalars(select(Take)).all(), stored_keys()) == ([], set())


def test_a_file_is_refused_when_no_take_is_left_and_leaves_nothing(candidate: Candidate) -> None:
    for _ in range(3):
        hand_in(candidate, RECORDING)
    kept = stored_keys()
    assert hand_in(candidate, RECORDING).status_code == 409
    assert stored_keys() == kept == known_keys()


def test_file_is_refused_for_now_if_storage_is_unavailable(
    candidate: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StorageUnavailableError("disk")

    monkeypatch.setattr(LocalStorage, "create", away)
    assert hand_in(candidate, RECORDING).status_code == 503
    assert db.session.scalars(select(Take)).all() == []


def test_sending_removes_what_was_not_chosen_and_keeps_the_count(candidate: Candidate, attempt: Attempt) -> None:
    other, answer = candidate.record(), candidate.record()
    candidate.keep(answer)
    media = add_media(other.id)
    with transaction() as session:
        add_track(session, other.id, TrackKind.AUTOMATIC, [Cue(0, 1000, "words")], language="en", now=clock.now())
    kept = {part.key for part in fresh(answer).uploads[0].parts}
    assert send_answers(candidate) in (302, 303)
    assert fresh(other).removed_at is not None
    assert (other.uploads, other.media, other.stages) == ([], None, [])
    assert stored_keys() == kept
    with pytest.raises(FileNotFoundError):
        get_storage().size(media.key)
    assert db.session.scalars(select(CaptionTrack)).all() == []
    details = db.session.scalars(select(AuditEvent.details).where(AuditEvent.action == "take removed")).one()
    assert details == {"number": other.number, "why": "not chosen"}


def test_upload_continues_after_the_answer_was_sent(candidate: Candidate, enqueued: list[tuple[str, str]]) -> None:
    take = candidate.begin()
    address = candidate.tus.begin(take, segment="1", session="one")
    candidate.tus.patch(address, 0, RECORDING[:5])
    candidate.stop(take, (1, len(RECORDING)))
    candidate.keep(take)
    page = candidate.client.submit("/interview/submit", {"unanswered": "1 2 3"})
    assert page.status_code == 409
    assert "Question 1: 1 second has not arrived yet." in page.text
    assert "Send without waiting" in page.text
    sent = candidate.client.submit("/interview/submit", {"unanswered": "1 2 3", "told": "1:1"})
    assert sent.status_code in (302, 303)
    assert candidate.tus.patch(address, 5, RECORDING[5:]).status_code == 204
    assert enqueued == [("assemble", take.id)]
    assert fresh(take).is_whole


def test_an_answer_cannot_be_removed(candidate: Candidate) -> None:
    take = candidate.record()
    candidate.keep(take)
    with pytest.raises(ConflictError), transaction() as session:
        remove_take(session, session.get_one(Take, take.id), why="mistake", actor=ANYONE, now=clock.now())
    assert fresh(take).removed_at is None
    assert db.session.scalars(select(Upload)).all()


def test_removing_twice_is_removing_once(candidate: Candidate) -> None:
    take = candidate.record()
    for _ in range(2):
        with transaction() as session:
            remove_take(session, session.get_one(Take, take.id), why="erased", actor=ANYONE, now=clock.now())
    assert len(db.session.scalars(select(AuditEvent).where(AuditEvent.action == "take removed")).all()) == 1
