"""The stages of a take in the database: waiting, running, done or failed.

A stage is claimed by compare-and-set and held by a lease (`leases`). So a job takes effect only once, even if RQ runs
it twice (RQ guarantees only "at least once").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, delete, literal_column, or_, select, update
from sqlalchemy.orm import Session

from app.recording import leases
from app.recording.leases import LEASE as LEASE
from app.recording.leases import LeaseLostError as LeaseLostError
from app.recording.models import Stage, StageRun, StageState, Take

STAGES: Sequence[Stage] = (Stage.ASSEMBLE, Stage.ENCODE, Stage.TRANSCRIBE, Stage.INDEX)
FOLLOWING = {Stage.ASSEMBLE: Stage.TRANSCRIBE, Stage.ENCODE: Stage.TRANSCRIBE, Stage.TRANSCRIBE: Stage.INDEX}
ENCODING = (str(Stage.ENCODE), str(Stage.REENCODE))
OF_NO_QUEUE = (*ENCODING, str(Stage.HEAR_AHEAD))
"""Stages that are not queued. Workers find them in the database (`app.lanes`, `captions.hearing_ahead`)."""
IS_UNDONE = StageRun.state.not_in([literal_column("'done'"), literal_column("'failed'")])
REQUEUE_AFTER = timedelta(seconds=30)
"""How long a stage may wait without progress before the sweeper enqueues it again."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A stage that this process has claimed."""

    take_id: str
    stage: Stage
    lease: str
    lane: int = 0
    """Number of the worker thread (lane, see `app.lanes`) that runs the stage. Only stages that encode use it."""


class TakeState(StrEnum):
    """The state of a take as shown to people. The templates contain the wording."""

    RECORDING = "recording"
    PREPARING = "preparing"
    ENCODING = "encoding"
    TRANSCRIBING = "transcribing"
    WAITING_FOR_MODEL = "waiting for a speech model"
    CAPTIONED = "captioned"
    MEDIA_FAILED = "media failed"
    CAPTIONS_FAILED = "captions failed"


def next_stage(stage: Stage) -> Stage | None:
    """Return the stage after this one, or None after the last."""
    return FOLLOWING.get(stage)


def add_stage(session: Session, take_id: str, stage: Stage, *, now: datetime) -> StageRun:
    """Schedule a stage and return its row. If the row already exists, it is not changed, because a stage may run twice."""
    run = session.get(StageRun, (take_id, str(stage)))
    if run is None:
        run = StageRun(take_id=take_id, stage=str(stage), state=str(StageState.PENDING), attempts=0, updated_at=now)
        session.add(run)
        session.flush()
    return run


def restart(session: Session, take_id: str, *, now: datetime) -> None:
    """Restart a take from its first stage. A worker that holds one of its stages loses its lease."""
    session.execute(delete(StageRun).where(StageRun.take_id == take_id))
    add_stage(session, take_id, Stage.ASSEMBLE, now=now)


def skip_stage(session: Session, take_id: str, stage: Stage, *, now: datetime) -> None:
    """Mark a waiting stage as done, because its result exists already, and schedule the next one."""
    done = leases.release(StageState.DONE, now=now)
    session.execute(update(StageRun).where(*_here(take_id, stage)).values(**done))
    following = next_stage(stage)
    if following:
        add_stage(session, take_id, following, now=now)


def claim_stage(session: Session, take_id: str, stage: Stage, *, now: datetime) -> str | None:
    """Claim a stage that is waiting or whose lease has expired. Returns the lease, or None if there is nothing to do.

    A stage that was begun MAX_ATTEMPTS times without ending is marked as failed, because it probably kills its workers.
    """
    return leases.claim(session, StageRun, *_here(take_id, stage), now=now)


def renew_lease(session: Session, take_id: str, stage: Stage, lease: str, *, now: datetime) -> None:
    """Extend the lease of a stage whose work continues. Raises LeaseLostError if the lease was lost."""
    _write(session, take_id, stage, lease, lease_until=now + LEASE, updated_at=now)


def note_percent(session: Session, take_id: str, stage: Stage, lease: str, percent: int) -> None:
    """Save the progress of a stage in percent. Raises LeaseLostError if the lease was lost."""
    _write(session, take_id, stage, lease, percent=percent)


def is_last_attempt(session: Session, take_id: str, stage: Stage) -> bool:
    """Return whether a claimed stage is on its last attempt."""
    return session.get_one(StageRun, (take_id, str(stage))).attempts >= leases.MAX_ATTEMPTS


def is_done(session: Session, take_id: str, stage: Stage) -> bool:
    """Return whether a stage of a take is done."""
    run = session.get(StageRun, (take_id, str(stage)), populate_existing=True)
    return run is not None and run.state == StageState.DONE


def finish_stage(
    session: Session, take_id: str, stage: Stage, lease: str, *, now: datetime, following: Stage | None = None
) -> None:
    """Mark a stage as done, and schedule the next one, or `following` if it is given.

    Raises LeaseLostError if another process holds the stage.
    """
    _write(session, take_id, stage, lease, **leases.release(StageState.DONE, now=now))
    following = following or next_stage(stage)
    if following:
        add_stage(session, take_id, following, now=now)


def fail_stage(
    session: Session, claim: Claim, problem: str, *, now: datetime, retry: bool, is_counted: bool = True
) -> None:
    """Record why a stage failed. With `retry`, it is attempted again until all attempts are used.

    An attempt that is not counted leaves their number unchanged. Raises LeaseLostError if the lease was lost.
    """
    run = session.get(StageRun, (claim.take_id, str(claim.stage)))
    if run is None:
        raise LeaseLostError(f"{claim.stage} of {claim.take_id}")
    failed = leases.failed(run, problem, now=now, retry=retry, is_counted=is_counted)
    _write(session, claim.take_id, claim.stage, claim.lease, **failed)


def put_back(session: Session, claim: Claim, lane: int, *, now: datetime) -> None:
    """Make a long stage wait again, in `lane`. The attempt is not counted. Raises LeaseLostError if the lease was lost."""
    waits = leases.release(StageState.PENDING, now=now, lane=lane, attempts=StageRun.attempts - 1)
    _write(session, claim.take_id, claim.stage, claim.lease, **waits)


def refuse_stage(session: Session, take_id: str, stage: Stage, problem: str, *, now: datetime) -> bool:
    """Fail a waiting stage that cannot succeed. Returns False if it is no longer waiting."""
    refused = session.execute(
        update(StageRun)
        .where(StageRun.take_id == take_id, StageRun.stage == str(stage), StageRun.state == str(StageState.PENDING))
        .values(state=str(StageState.FAILED), problem=problem, attempts=StageRun.attempts + 1, updated_at=now)
    )
    return refused.rowcount == 1  # type: ignore[attr-defined]


def wait_for_model(session: Session, take_id: str, stage: Stage, lease: str, *, now: datetime) -> None:
    """Make a stage wait until the speech model is available. The attempt is not counted.

    Raises LeaseLostError if the lease was lost.
    """
    waits = leases.release(StageState.WAITING_FOR_MODEL, now=now, attempts=StageRun.attempts - 1)
    _write(session, take_id, stage, lease, **waits)


def mark_enqueued(session: Session, take_id: str, stage: Stage, *, now: datetime) -> None:
    """Record when a stage was last enqueued, so that the sweeper does not enqueue the stage again too soon."""
    session.execute(
        update(StageRun)
        .where(StageRun.take_id == take_id, StageRun.stage == str(stage))
        .values(enqueued_at=now)
        .execution_options(synchronize_session=False)
    )


def stalled_stages(session: Session, *, now: datetime, model_is_present: bool) -> list[tuple[str, Stage]]:
    """Return (take id, stage) of each stage that has waited too long or whose lease has expired.

    Encoding stages are left out, because workers find them in the database.
    """
    waiting = [str(StageState.PENDING)]
    if model_is_present:
        waiting.append(str(StageState.WAITING_FOR_MODEL))
    not_lately = or_(
        StageRun.enqueued_at.is_(None),
        StageRun.enqueued_at < now - REQUEUE_AFTER,
        StageRun.enqueued_at > now + REQUEUE_AFTER,  # the clock was ahead
    )
    abandoned = leases.is_abandoned(StageRun, now=now)
    query = (
        select(StageRun.take_id, StageRun.stage)
        .where(IS_UNDONE, or_(StageRun.state.in_(waiting) & not_lately, abandoned), StageRun.stage.not_in(OF_NO_QUEUE))
        .order_by(StageRun.updated_at)
    )
    return [(take_id, Stage(stage)) for take_id, stage in session.execute(query)]


def state_of(take: Take, stages: Iterable[StageRun] | None = None) -> TakeState:
    """Return the state of a take from its stages. `stages` defaults to those loaded with the take."""
    runs = {run.stage: run.state for run in (take.stages if stages is None else stages)}
    if Stage.ASSEMBLE not in runs:
        return TakeState.RECORDING
    if runs[Stage.ASSEMBLE] == StageState.FAILED:
        return TakeState.MEDIA_FAILED
    if runs[Stage.ASSEMBLE] != StageState.DONE:
        return TakeState.PREPARING
    encoded = runs.get(Stage.ENCODE, StageState.DONE)
    if encoded != StageState.DONE:
        return TakeState.MEDIA_FAILED if encoded == StageState.FAILED else TakeState.ENCODING
    heard = runs.get(Stage.TRANSCRIBE, StageState.PENDING)
    return {
        StageState.DONE: TakeState.CAPTIONED,
        StageState.FAILED: TakeState.CAPTIONS_FAILED,
        StageState.WAITING_FOR_MODEL: TakeState.WAITING_FOR_MODEL,
    }.get(StageState(heard), TakeState.TRANSCRIBING)


def _here(take_id: str, stage: Stage) -> tuple[ColumnElement[bool], ...]:
    return StageRun.take_id == take_id, StageRun.stage == str(stage)


def _write(session: Session, take_id: str, stage: Stage, held: str, /, **values: Any) -> None:
    leases.write(session, StageRun, *_here(take_id, stage), held=held, **values)
