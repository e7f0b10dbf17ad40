"""Run the stages of a take in the test's process."""

from __future__ import annotations

from app import clock, pipeline
from app.extensions import db
from app.recording import processing
from app.recording.models import Stage, Take
from app.recording.processing import TakeState, state_of
from app.storage import get_storage
from app.transaction import transaction


def run_all(take: Take) -> TakeState:
    """Run every stage in order as a worker does, but without Redis."""
    with transaction() as session:
        processing.add_stage(session, take.id, Stage.ASSEMBLE, now=clock.now())
    for stage in processing.STAGES:
        pipeline.run_stage(str(stage), take.id)
    db.session.rollback()
    return state_of(db.session.get_one(Take, take.id))


def stored_keys() -> list[str]:
    """Return the storage keys of all takes and uploads."""
    storage = get_storage()
    return [key for folder in ("takes", "uploads") for key in storage.list(folder)]
