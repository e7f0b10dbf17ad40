"""Erasure of a person from all tables and files. The audit log stays valid, and a certificate lists the deleted data."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from rq.job import JobStatus
from rq.registry import BaseRegistry
from sqlalchemy import MetaData, select, text

from app import audit, batches
from app.accommodations import services as accommodations
from app.accommodations.rules import Given, Kind
from app.accounts.models import Role
from app.audit import Actor, AuditEvent
from app.compliance import erasure_run, holds
from app.compliance.models import Erasure
from app.config import Config
from app.errors import NotFoundError
from app.extensions import db, jobs
from app.interviews.models import Attempt, Invitation
from app.recording.models import Stage, Take, WrittenDraft
from app.recording.thinking_models import ThinkingTime
from app.review.models import Note, Score
from app.review.search.services import index_answers
from app.sealing import get_sealer
from app.storage import StorageUnavailableError, get_storage
from app.transaction import transaction
from tests.answer_factories import make_answer, make_captioned_answer
from tests.factories import (
    NOON,
    make_attempt,
    make_interview,
    make_invitation,
    make_take,
    make_uploaded_take,
    make_user,
)
from tests.personal_data import watched_redis

NAMES = ("Quokkaburra", "zyxwenia@example.org", "flibbertigibbet", "snollygoster", "widdershins", "collywobbles")
ACTOR = Actor("staff", "x" * 26)
LATER = NOON + timedelta(days=3)


@dataclass
class Person:
    invitation: str
    attempt: str
    takes: set[str]


def make_person() -> Person:
    """Make a candidate with every kind of data. Each text contains a word that occurs nowhere else."""
    attempt = make_attempt(make_interview(), submitted_at=NOON)
    with transaction() as session:
        invitation = session.get_one(Invitation, attempt.invitation_id)
        invitation.candidate_name, invitation.candidate_email = "Ada Quokkaburra", "zyxwenia@example.org"
    first, second, third = attempt.interview.questions
    answer = make_captioned_answer("I said flibbertigibbet", attempt=attempt, question=first)
    make_answer(attempt, second, text="I wrote snollygoster")
    make_uploaded_take(attempt=attempt, question=third)
    make_take(attempt, third, number=2, removed_at=NOON)
    reviewer = make_user(Role.REVIEWER)
    with transaction() as session:
        session.add(ThinkingTime(attempt_id=attempt.id, question_id=third.id, begun_at=NOON, presses=1))
        session.add(
            WrittenDraft(attempt_id=attempt.id, question_id=third.id, text="widdershins", version=1, saved_at=NOON)
        )
        session.add(
            Score(answer_id=answer.id, reviewer_id=reviewer.id, level=2, comment="collywobbles", updated_at=NOON)
        )
        session.add(Note(answer_id=answer.id, reviewer_id=reviewer.id, at_ms=1, text="collywobbles", created_at=NOON))
    with transaction() as session:
        found = session.get_one(Attempt, attempt.id)
        found.submitted_at = None
        wishes = [Given(Kind.RECORDING_TIME, 150), Given(Kind.OTHER)]
        accommodations.ask(session, found, wishes, "please", sealer=get_sealer(), now=NOON)
        found.submitted_at = NOON
    take_ids = set(db.session.scalars(select(Take.id).where(Take.attempt_id == attempt.id)))
    get_storage().put(f"takes/{min(take_ids)}/crashed/media.webm", b"left by a worker that was killed")
    return Person(attempt.invitation_id, attempt.id, take_ids)


def everything() -> str:
    """Return every value of every table, as text."""
    db.session.rollback()
    metadata = MetaData()
    metadata.reflect(db.engine)
    return "\n".join(str(row) for table in metadata.sorted_tables for row in db.session.execute(select(table)))


def erase(invitation_id: str) -> Erasure:
    done = erasure_run.erase(invitation_id, actor=ACTOR, now=LATER)
    return db.session.get_one(Erasure, done)


def test_nothing_about_the_person_is_left_in_any_table_or_file(app: Flask, config: Config) -> None:
    person = make_person()
    before = everything()
    assert [name for name in NAMES if name not in before] == [], "the test would prove nothing"
    done = erase(person.invitation)
    after = everything()
    assert [name for name in NAMES if name in after] == []
    assert list(get_storage().list("takes")) + list(get_storage().list("uploads")) == []
    assert done.finished_at == LATER
    assert (done.left, len(done.takes)) == ([], 3)
    assert done.counts["answers"] == 2
    assert done.counts["files"] >= 3
    assert db.session.query(ThinkingTime).count() == 0
    assert audit.verify(db.session()).is_whole
    if db.engine.dialect.name == "sqlite":
        db.session.remove()
        place = Path(str(db.engine.url.database))
        left = b"".join(path.read_bytes() for path in place.parent.glob(place.name + "*"))
        assert [name for name in NAMES if name.encode() in left] == [], "in the pages of the file"


def test_erasure_keeps_other_people(app: Flask) -> None:
    person = make_person()
    other = make_captioned_answer("I said something else")
    erase(person.invitation)
    with transaction() as session:
        index_answers(session, [other.id])
    assert get_storage().size(f"takes/{other.take_id}/media.webm")
    assert "something else" in everything()


def test_the_story_stays_in_the_log_by_its_ids_and_says_who_erased(app: Flask) -> None:
    person = make_person()
    done = erase(person.invitation)
    events = db.session.scalars(
        select(AuditEvent).where(AuditEvent.subject_id == person.invitation).order_by(AuditEvent.number)
    ).all()
    assert [event.action for event in events] == ["person erased", "erasure finished"]
    assert events[0].actor_id == ACTOR.id
    assert events[0].details == {"takes": 3, "answers": 2, "erasure": done.id}


def test_an_invitation_that_was_never_opened_can_be_erased(app: Flask) -> None:
    invitation, _ = make_invitation(candidate_name="Quokkaburra")
    assert erase(invitation.id).finished_at == LATER
    assert "Quokkaburra" not in everything()


def test_second_erasure_changes_nothing(app: Flask) -> None:
    person = make_person()
    first = erase(person.invitation)
    events = audit.head(db.session())
    assert erase(person.invitation).id == first.id
    assert audit.head(db.session()) == events


def test_unknown_person_cannot_be_erased(app: Flask) -> None:
    with pytest.raises(NotFoundError):
        erase("a" * 26)


def test_a_legal_hold_keeps_everything_until_it_ends(app: Flask) -> None:
    person = make_person()
    officer = Actor("staff", make_user(Role.COMPLIANCE).id)
    invitation = db.session.get_one(Invitation, person.invitation)
    for on in (invitation, invitation.interview):
        with transaction() as session:
            hold = holds.place(session, on, "a case", sealer=get_sealer(), actor=officer, now=NOON)
        before = everything()
        with pytest.raises(holds.LegalHoldError):
            erase(person.invitation)
        assert everything() == before
        with transaction() as session:
            holds.end(session, hold.id, actor=officer, now=NOON)
    assert erase(person.invitation).finished_at


def test_sweeper_finishes_an_erasure_after_unavailable_storage(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    person = make_person()
    with monkeypatch.context() as away:
        away.setattr(
            type(get_storage()), "delete", lambda *_: (_ for _ in ()).throw(StorageUnavailableError("no disk"))
        )
        done = erase(person.invitation)
        assert done.finished_at is None
        assert done.left
        erasure_run.finish_all(LATER)
        assert db.session.get_one(Erasure, done.id).finished_at is None
        assert [row.subject for row in batches.all_set_aside(db.session())] == [done.id]
    db.session.rollback()
    soon = LATER + timedelta(minutes=2)
    erasure_run.finish_all(soon)
    assert db.session.get_one(Erasure, done.id).finished_at == soon
    assert batches.all_set_aside(db.session()) == []
    assert list(get_storage().list("takes")) == []


def places() -> list[tuple[JobStatus, BaseRegistry]]:
    queue = jobs.queue
    return [
        (JobStatus.FAILED, queue.failed_job_registry),
        (JobStatus.FINISHED, queue.finished_job_registry),
        (JobStatus.SCHEDULED, queue.scheduled_job_registry),
    ]


@pytest.mark.redis
def test_jobs_about_the_person_are_deleted(config: Config, tmp_path: Path) -> None:
    from app import create_app, pipeline

    with watched_redis(tmp_path / "redis") as address:
        app = create_app(replace(config, redis_url=address))
        with app.app_context():
            person, other = make_person(), make_take()
            for take in [*person.takes, other.id]:
                pipeline.enqueue(Stage.ASSEMBLE, take)
            theirs = [job for job in jobs.queue.get_jobs() if job.args[1] in person.takes]
            for (status, registry), job in zip(places(), theirs, strict=False):
                jobs.queue.remove(job)
                job.set_status(status)
                registry.add(job, ttl=60)
            erase(person.invitation)
            assert [job.args[1] for job in jobs.queue.get_jobs()] == [other.id]
            assert [registry.get_job_ids() for _status, registry in places()] == [[]] * 3


def test_the_command_asks_erases_and_writes_the_certificate(app: Flask) -> None:
    person = make_person()
    cli = app.test_cli_runner()
    assert cli.invoke(args=["erase", person.invitation], input="n\n").exit_code == 1
    assert db.session.get(Invitation, person.invitation)
    done = cli.invoke(args=["erase", person.invitation, "--yes"])
    assert done.exit_code == 0
    said = json.loads(done.output)
    assert said["invitation"] == person.invitation
    assert said["files_deleted_at"]
    assert said["deleted"]["takes"] == 3
    events = db.session.scalars(
        select(AuditEvent).where(AuditEvent.subject_id == person.invitation).order_by(AuditEvent.number)
    ).all()
    assert [event.action for event in events[-2:]] == ["person erased", "erasure finished"]
    assert said["audit_events"] == [{"number": event.number, "hash": event.hash} for event in events[-2:]]
    nobody = cli.invoke(args=["erase", "a" * 26, "--yes"])
    assert nobody.exit_code == 1
    assert "Traceback" not in nobody.output


def test_reason_of_a_hold_is_encrypted(app: Flask) -> None:
    invitation, _ = make_invitation()
    user = make_user(Role.COMPLIANCE)
    with transaction() as session:
        found = session.get_one(Invitation, invitation.id)
        holds.place(session, found, "Smith v. Harbour", sealer=get_sealer(), actor=Actor("staff", user.id), now=NOON)
    assert "Smith" not in str(db.session.execute(text("SELECT * FROM hold")).all())
