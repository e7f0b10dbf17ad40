"""The order in which waiting takes are processed: short recordings first, but every recording gets its turn."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.media.facts import Refusal
from app.recording import leases
from app.recording.models import Media, Stage, StageRun, StageState, Take
from app.recording.processing import ENCODING, IS_UNDONE

COSTLY_REFUSALS = (Refusal.TIMEOUT, Refusal.MEMORY, Refusal.TOO_COSTLY, Refusal.TOO_LONG)
COSTLY_TAKE_PENALTY = timedelta(hours=1)


def fair_order(session: Session, stage: Stage, *, now: datetime) -> list[str]:
    """Return the ids of the takes that wait for a stage, in the order in which they should be processed.

    Short recordings go before long ones, but a second of waiting counts as much as a second of length, so every
    recording gets its turn. For each recording that was refused as too costly to process, the other recordings of the
    candidate wait an hour longer.
    """
    return [take_id for take_id, _length, _since in waiting_for(session, stage, now=now)]


def more_urgent(session: Session, turn: datetime, begun: Collection[str], *, now: datetime) -> list[tuple[str, Stage]]:
    """Return (take id, stage) of the waiting takes whose turn comes before `turn`, those to assemble first.

    Candidates with a take in `begun` are left out, so that one candidate cannot have several long takes in progress.
    """
    theirs = set(session.scalars(select(Take.attempt_id).where(Take.id.in_(begun))))
    stages = (Stage.ASSEMBLE, Stage.TRANSCRIBE)
    waiting = [(stage, one) for stage in stages for one in _waiting(session, stage, _is_waiting(now))]
    return [(one.take_id, stage) for stage, one in waiting if one.turn < turn and one.attempt_id not in theirs]


def encoding_order(session: Session, *, now: datetime, stage: Stage = Stage.ENCODE) -> list[tuple[int, datetime, str]]:
    """Return (lane, turn, take id) of takes that wait to be encoded, in the order of `fair_order`.

    Candidates with a recording being encoded are left out, so that one candidate cannot fill all lanes.
    """
    begun = select(StageRun.take_id).where(
        IS_UNDONE,
        StageRun.stage.in_(ENCODING),
        StageRun.state == str(StageState.RUNNING),
        StageRun.lease_until >= now,
    )
    theirs = set(session.scalars(select(Take.attempt_id).where(Take.id.in_(begun))))
    waiting = _waiting(session, stage, leases.is_due(StageRun, now=now))
    return [(one.lane, one.turn, one.take_id) for one in waiting if one.attempt_id not in theirs]


def waiting_for(session: Session, stage: Stage, *, now: datetime) -> list[tuple[str, int, datetime]]:
    """Return (take id, length in ms, waiting since) of takes that wait for a stage, in the order of `fair_order`."""
    return [(one.take_id, one.length_ms, one.since) for one in _waiting(session, stage, _is_waiting(now))]


def is_something_finished_waiting(session: Session) -> bool:
    """Return whether a finished recording waits to be prepared or transcribed, or is being prepared or transcribed."""
    stages = (str(Stage.ASSEMBLE), str(Stage.TRANSCRIBE))
    states = (str(StageState.PENDING), str(StageState.RUNNING))
    query = select(StageRun.take_id).where(IS_UNDONE, StageRun.stage.in_(stages), StageRun.state.in_(states))
    return session.scalar(query.limit(1)) is not None


class _WaitingTake(NamedTuple):
    """A waiting take. Sorting these tuples gives the order of processing."""

    turn: datetime
    take_id: str
    length_ms: int
    since: datetime
    attempt_id: str
    lane: int


def _is_waiting(now: datetime) -> ColumnElement[bool]:
    return or_(StageRun.state == str(StageState.PENDING), leases.is_abandoned(StageRun, now=now))


def _waiting(session: Session, stage: Stage, is_waiting: ColumnElement[bool]) -> list[_WaitingTake]:
    length_ms = func.coalesce(Media.duration_ms, Take.recorded_ms, 0)
    query = (
        select(StageRun.take_id, length_ms, StageRun.updated_at, Take.attempt_id, StageRun.lane, _costly())
        .join(Take, Take.id == StageRun.take_id)
        .outerjoin(Media, Media.take_id == StageRun.take_id)
        .where(StageRun.stage == str(stage), IS_UNDONE, is_waiting)
    )
    return sorted(
        _WaitingTake(
            since + timedelta(milliseconds=length) + costly * COSTLY_TAKE_PENALTY,
            take_id,
            length,
            since,
            attempt_id,
            lane,
        )
        for take_id, length, since, attempt_id, lane, costly in session.execute(query)
    )


def _costly() -> ScalarSelect[int]:
    """Return a subquery that counts the same candidate's recordings that were refused as too costly to process."""
    take, run = aliased(Take), aliased(StageRun)
    return (
        select(func.count())
        .select_from(run)
        .join(take, take.id == run.take_id)
        .where(
            take.attempt_id == Take.attempt_id, run.state == str(StageState.FAILED), run.problem.in_(COSTLY_REFUSALS)
        )
        .correlate(Take)
        .scalar_subquery()
    )
