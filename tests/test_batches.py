"""If one row fails, the others are still processed. The failed row is skipped, shown on the status page, and retried
later.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from app import batches, clock, housekeeping, mail, pipeline
from app.accommodations import deadlines, decisions, notice_sending, notices
from app.accommodations import services as accommodations
from app.accommodations.models import Notice
from app.accommodations.rules import Given, Kind
from app.accounts.models import Role
from app.batches import PAUSES, Batch, all_set_aside, for_each, paused
from app.compliance import deletion, erasure_run, retention
from app.extensions import db
from app.interviews.models import Attempt, Interview
from app.recording import fair_order, processing
from app.recording import services as recording
from app.recording.models import Stage, StageRun, StageState, Take, Upload
from app.recording.recorder_reports import MAX_RECORDED_MS
from app.review.search import index
from app.review.search import services as search
from app.sealing import get_sealer
from app.storage import LocalStorage, get_storage
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer
from tests.factories import NOON, make_attempt, make_interview, make_take, make_uploaded_take, make_user, sign_in
from tests.page_check import CheckingClient
from tests.recording.candidate import Candidate

MINUTE = timedelta(minutes=1)


@pytest.fixture
def attempt(app: Flask) -> Attempt:
    return make_attempt()


@pytest.fixture
def candidate(client: CheckingClient, attempt: Attempt) -> Candidate:
    return Candidate(client, attempt)


class BadRowError(Exception):
    """The error of a failing row. Its message must not appear in logs or on pages."""


def fails_for(bad: str, act: Callable[..., Any], place: int = 0) -> Callable[..., Any]:
    """Return a version of `act` that raises an error if its argument number `place` is `bad`."""

    def wrapped(*args: Any, **named: Any) -> Any:
        if args[place] == bad or (isinstance(args[place], list) and bad in args[place]):
            raise BadRowError("words of a person")
        return act(*args, **named)

    return wrapped


def set_aside() -> list[tuple[str, str, str]]:
    db.session.rollback()
    return [(row.batch, row.subject, row.problem) for row in all_set_aside(db.session())]


def test_a_row_that_fails_is_set_aside_and_the_others_are_done(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []
    assert for_each(Batch.TAKES, ["a", "b", "c"], fails_for("b", done.append), now=NOON) == 2
    assert done == ["a", "c"]
    assert set_aside() == [("takes", "b", "BadRowError")]
    assert "words of a person" not in caplog.text


def test_a_row_that_was_set_aside_is_tried_after_its_pause_and_forgotten_when_it_succeeds(app: Flask) -> None:
    tried: list[str] = []
    for_each(Batch.TAKES, ["b"], fails_for("b", tried.append), now=NOON)
    for_each(Batch.TAKES, ["b"], tried.append, now=NOON + PAUSES[0] / 2)
    assert (tried, paused(db.session(), Batch.TAKES, now=NOON)) == ([], ["b"])
    for_each(Batch.TAKES, ["b"], tried.append, now=NOON + PAUSES[0])
    assert (tried, set_aside()) == (["b"], [])


def test_pauses_between_tries_grow(app: Flask) -> None:
    now, pauses = NOON, []
    for _try in range(len(PAUSES) + 1):
        for_each(Batch.TAKES, ["b"], fails_for("b", str), now=now)
        db.session.rollback()
        (row,) = all_set_aside(db.session())
        pauses.append(row.next_at - now)
        now = row.next_at
    assert pauses == [*PAUSES, PAUSES[-1]]


def test_row_that_is_no_longer_due_is_not_set_aside_any_more(app: Flask) -> None:
    for_each(Batch.TAKES, ["b"], fails_for("b", str), now=NOON)
    for_each(Batch.TAKES, [], str, now=NOON + PAUSES[0])
    assert set_aside() == []


def test_a_batch_in_which_everything_fails_ends_early(app: Flask) -> None:
    tried: list[str] = []

    def fail(subject: str) -> None:
        tried.append(subject)
        raise BadRowError

    for_each(Batch.FILES, [str(number) for number in range(100)], fail, now=NOON)
    assert len(tried) == batches.MAX_FAILURES_IN_A_ROW


def test_uploads_with_times_beyond_an_integer_do_not_stop_other_uploads(candidate: Candidate, attempt: Attempt) -> None:
    now = clock.now()
    take = candidate.begin()
    for address in [candidate.begin_segment(take, segment) for segment in range(1, 6)]:
        assert candidate.tus.patch(address, 0, b"bytes", Fairtake_Recorded_Ms=10**12).status_code == 204
    other = make_take(make_attempt(make_interview(deadline_at=now)), started_at=now)
    with transaction() as session:
        session.add(Upload(take_id=other.id, segment=1, offset=3, created_at=now, active_at=now, expires_at=now))
        session.execute(update(Interview).values(deadline_at=now))
    pipeline.sweep(now)
    pipeline.sweep(now + timedelta(days=2))
    pipeline.sweep(now + timedelta(days=2, hours=7))
    db.session.rollback()
    assert set_aside() == []
    assert [db.session.get_one(Take, each.id).complete_at is not None for each in (take, other)] == [True, True]
    assert db.session.get_one(Take, take.id).recorded_ms == MAX_RECORDED_MS


def test_a_stop_report_that_claims_too_much_is_bounded(candidate: Candidate) -> None:
    take = candidate.begin()
    body = {"recorded_ms": 2**52, "segments": [{"segment": 1, "bytes": 9, "recorded_ms": 2**52}]}
    assert candidate.post(f"/interview/takes/{take.id}/stop", body).status_code == 200
    db.session.rollback()
    stopped = db.session.get_one(Take, take.id)
    assert stopped.recorded_ms == MAX_RECORDED_MS
    assert stopped.announced == [{"segment": 1, "bytes": 9, "recorded_ms": MAX_RECORDED_MS, "recorder": None}]


def make_two(**fields: Any) -> tuple[Attempt, Attempt]:
    return make_attempt(**fields), make_attempt(**fields)


def test_take_that_cannot_be_ended_does_not_delay_others(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = make_take(), make_take()
    monkeypatch.setattr(recording, "end_take", fails_for(bad.id, recording.end_take, 1))
    housekeeping.complete_abandoned(NOON + timedelta(days=30))
    assert set_aside() == [("takes", bad.id, "BadRowError")]
    assert db.session.get_one(Take, good.id).removed_at is not None


def test_attempt_that_cannot_be_sent_does_not_delay_others(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    interview = make_interview(deadline_at=NOON)
    bad, good = make_attempt(interview), make_attempt(interview)
    for attempt in (bad, good):
        make_uploaded_take(attempt=attempt)
    monkeypatch.setattr(recording, "send_unsent", fails_for(bad.id, recording.send_unsent, 1))
    housekeeping.complete_abandoned(NOON + timedelta(days=30))
    assert set_aside() == [("attempts", bad.id, "BadRowError")]
    assert db.session.get_one(Attempt, good.id).submitted_at is not None


def test_answers_that_cannot_be_deleted_do_not_delay_others(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = make_two(submitted_at=NOON)
    for attempt in (bad, good):
        make_take(attempt)
    monkeypatch.setattr(deletion, "delete_answers", fails_for(bad.id, deletion.delete_answers, 1))
    assert housekeeping.delete_what_is_due(NOON + timedelta(days=4000)) == 1
    assert set_aside() == [("retention", bad.id, "BadRowError")]


def test_answer_that_cannot_be_indexed_does_not_delay_others(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = make_captioned_answer("one word"), make_captioned_answer("another word")
    with transaction() as session:
        search.prepare_rebuild(session)
        session.execute(delete(index.documents))
    monkeypatch.setattr(search, "index_answers", fails_for(bad.id, search.index_answers, 1))
    assert housekeeping.index_missing(NOON) == 1
    assert set_aside() == [("search index", bad.id, "BadRowError")]
    assert search.missing_from_index(db.session(), without=[bad.id]) == []
    assert good.id not in search.missing_from_index(db.session())


def test_file_that_cannot_be_deleted_does_not_delay_others(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [f"takes/{'a' * 26}/lease/{name}" for name in ("one.webm", "two.webm")]
    for key in keys:
        get_storage().put(key, b"left by a crash")
    monkeypatch.setattr(LocalStorage, "delete", fails_for(keys[0], LocalStorage.delete, 1))
    assert housekeeping.remove_orphans(NOON) == 1
    assert set_aside() == [("files", keys[0], "BadRowError")]


def test_stage_that_cannot_be_claimed_does_not_delay_the_next(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = make_take(), make_take()
    with transaction() as session:
        for take in (bad, good):
            session.add(StageRun(take_id=take.id, stage="index", state=str(StageState.PENDING), updated_at=NOON))
    monkeypatch.setattr(processing, "claim_stage", fails_for(bad.id, processing.claim_stage, 1))
    monkeypatch.setattr(fair_order, "fair_order", lambda *_args, **_named: [bad.id, good.id])
    pipeline.run_next(Stage.INDEX, bad.id)
    db.session.rollback()
    assert db.session.get_one(StageRun, (good.id, "index")).state == StageState.DONE
    assert set_aside() == [("claims of stages", f"{bad.id}/index", "BadRowError")]


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (deadlines, "to_pause"),
        (recording, "abandoned_takes"),
        (erasure_run.erasure, "unfinished"),
        (search, "missing_from_index"),
        (retention, "due_attempts"),
    ],
)
def test_failing_step_does_not_delay_the_other_steps(
    app: Flask, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    take = make_uploaded_take()
    with transaction() as session:
        session.add(StageRun(take_id=take.id, stage="assemble", state=str(StageState.PENDING), updated_at=NOON))

    def fail(*_args: object, **_named: object) -> None:
        raise BadRowError

    monkeypatch.setattr(module, name, fail)
    assert pipeline.sweep(NOON) == 1, "the queue is filled all the same"
    assert [(batch, problem) for batch, _step, problem in set_aside()] == [("steps of a sweep", "BadRowError")]


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.COMPLIANCE])
def test_status_page_shows_rows_set_aside(app: Flask, client: CheckingClient, role: Role) -> None:
    sign_in(client, make_user(role))
    assert "Nothing is set aside" in client.page("/status").text
    for batch in Batch:
        for_each(batch, ["abcdef"], fails_for("abcdef", str), now=datetime.now(NOON.tzinfo))
    page = client.page("/status").text
    assert page.count("abcdef") == len(Batch)
    assert "BadRowError" in page
    assert "words of a person" not in page
    assert "Unavailable" in page, "there is no Redis in this test"


def test_deadline_that_cannot_be_paused_does_not_delay_others(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    late = NOON + timedelta(days=2)
    bad, good = (make_attempt(make_interview(deadline_at=NOON + timedelta(days=1))) for _each in range(2))
    for attempt in (bad, good):
        with transaction() as session:
            found = session.get_one(Attempt, attempt.id)
            accommodations.ask(session, found, [Given(Kind.HUMAN)], "", sealer=get_sealer(), now=late)
            found.interview.deadline_at = NOON + timedelta(days=5)
    monkeypatch.setattr(deadlines, "pause", fails_for(bad.id, deadlines.pause, 1))
    housekeeping.pause_deadlines(late)
    assert set_aside() == [("deadlines", bad.id, "BadRowError")]
    assert db.session.get_one(Attempt, bad.id).waiting_since is None
    assert db.session.get_one(Attempt, good.id).waiting_since == late


def test_notice_that_cannot_be_sent_does_not_delay_others(
    app: Flask, use_config: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = make_notice(), make_notice()
    sent: list[str] = []
    use_config(mail_url="smtp://mail.example")
    monkeypatch.setattr(mail, "send", lambda *_args, message_id, **_named: sent.append(message_id))
    monkeypatch.setattr(notices, "claim", fails_for(bad, notices.claim, 1))
    notice_sending.send_due()
    assert set_aside() == [("notices", bad, "BadRowError")]
    assert sent == [good]


def make_notice() -> str:
    """Create a notice about a declined request that has not been sent. Return its id."""
    attempt, user = make_attempt(), make_user(Role.COORDINATOR)
    with transaction() as session:
        found = session.get_one(Attempt, attempt.id)
        accommodations.ask(session, found, [Given(Kind.HUMAN)], "", sealer=get_sealer(), now=NOON)
    with transaction() as session:
        (request,) = accommodations.requests_of(session, attempt.id)
        decisions.decline(session, request.id, "No.", user=user, sealer=get_sealer(), now=NOON)
    db.session.rollback()
    return db.session.scalars(select(Notice.id).where(Notice.attempt_id == attempt.id)).one()
