"""Builders for tests of captions that are made again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from app import pipeline
from app.audit import Actor, AuditAction, AuditEvent
from app.captions import remaking
from app.captions.models import CaptionTrack
from app.captions.remaking import Outcome
from app.captions.services import cues_of, current_track
from app.captions.speech.languages import WHISPER_NAMES
from app.extensions import db
from app.interviews.models import Attempt
from app.recording import processing
from app.recording.models import Answer, Stage, StageState, Take
from app.transaction import transaction
from tests.captions.scripted import ScriptedModel
from tests.factories import NOON, make_uploaded_take
from tests.page_check import CheckingClient

ACTOR = Actor("system", "test")


UseScriptedModel = Callable[..., ScriptedModel]


def record_answer(attempt: Attempt) -> Take:
    """Record the first question of an attempt and choose it."""
    take = make_uploaded_take(attempt=attempt, question=attempt.interview.questions[0])
    with transaction() as session:
        session.add(Answer(attempt_id=attempt.id, question_id=take.question_id, take_id=take.id, chosen_at=NOON))
        processing.add_stage(session, take.id, Stage.ASSEMBLE, now=NOON)
    work(take)
    return take


def work(take: Take) -> None:
    """Run the stages of a take, as a worker does."""
    for stage in (Stage.ASSEMBLE, Stage.TRANSCRIBE, Stage.INDEX):
        pipeline.run_stage(str(stage), take.id)
    db.session.rollback()


def again(take: Take, language: str, actor: Actor = ACTOR) -> Outcome:
    with transaction() as session:
        return remaking.make_again(session, take.id, language, known=WHISPER_NAMES, actor=actor, now=NOON).outcome


def set_run(take: Take, stage: Stage, state: StageState, **values: Any) -> None:
    """Put a stage of a take into a state."""
    with transaction() as session:
        run = processing.add_stage(session, take.id, stage, now=NOON)
        for name, value in {"state": str(state), **values}.items():
            setattr(run, name, value)


def ask(client: CheckingClient, take: Take, language: str) -> str:
    """Request captions on the reviewer's page, and return the text of the next page."""
    assert client.submit(f"/review/captions/{take.id}/language", {"language": language}).status_code == 303
    return " ".join(client.page(f"/review/captions/{take.id}/versions").get_text().split())


def shown(take: Take) -> tuple[str, str]:
    db.session.rollback()
    track = current_track(db.session(), take.id)
    assert track
    return track.language, " ".join(" ".join(cue.text for cue in cues_of(track)).split())


def versions(take: Take) -> list[tuple[str, str]]:
    query = select(CaptionTrack.kind, CaptionTrack.language).where(CaptionTrack.take_id == take.id)
    return [(kind, language) for kind, language in db.session.execute(query.order_by(CaptionTrack.version))]


def requests(take: Take) -> list[dict[str, Any]]:
    query = select(AuditEvent.details).where(
        AuditEvent.action == str(AuditAction.CAPTIONS_REQUESTED), AuditEvent.subject_id == take.id
    )
    return list(db.session.scalars(query.order_by(AuditEvent.number)))
