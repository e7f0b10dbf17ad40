"""The stages of a take in the database: what waits, what runs and for whom, what is done, what failed.

A stage is claimed by compare-and-set and held by a lease (`leases`), so a job that runs twice (RQ promises at least once)
ends once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, delete, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from app.media.facts import Refusal
from app.recording import leases
from app.recording.leases import LEASE as LEASE
from app.recording.leases import MAX_ATTEMPTS
from app.recording.leases import LeaseLostError as LeaseLostError
from app.recording.models import Media, Stage, StageRun, StageState, Take

STAGES: Sequence[Stage] = (Stage.ASSEMBLE, Stage.ENCODE, Stage.TRANSCRIBE, Stage.INDEX)
FOLLOWING = {Stage.ASSEMBLE: Stage.TRANSCRIBE, Stage.ENCODE: Stage.TRANSCRIBE, Stage.TRANSCRIBE: Stage.INDEX}
COSTLY_REFUSALS = (Refusal.TIMEOUT, Refusal.MEMORY, Refusal.TOO_COSTLY, Refusal.TOO_LONG)
OF_NO_QUEUE = (str(Stage.ENCODE), str(Stage.REENCODE))
"""What each worker asks the database for by itself (`app.lanes`)."""
COSTLY_TAKE_PENALTY = timedelta(hours=1)
REQUEUE_AFTER = timedelta(seconds=30)
"""How long something may wait without moving before the sweeper enqueues it again."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A stage that this process holds."""

    take_id: str
    stage: Stage
    lease: str
    lane: int = 0
    """In which lane of a worker it is done (`app.lanes`); stages other than ENCODE have none."""


class TakeState(StrEnum):
    """Where a take stands, for people. The words are the template's."""

    RECORDING = "recording"
    PREPARING = "preparing"
    ENCODING = "encoding"
    TRANSCRIBING = "transcribing"
    WAITING_FOR_MODEL = "waiting for a speech model"
    CAPTIONED = "captioned"
    MEDIA_FAILED = "media failed"
    CAPTIONS_FAILED = "captions failed"


def next_stage(stage: Stage) -> Stage | None:
    """Return the stage after this one, None after the last."""
    return FOLLOWING.get(stage)


def add_stage(session: Session, take_id: str, stage: Stage, *, now: datetime) -> StageRun:
    """Make the stage wait to be done; when it is there already (a stage may run twice) leave it as it stands."""
    run = session.get(StageRun, (take_id, str(stage)))
    if run is None:
        run = StageRun(take_id=take_id, stage=str(stage), state=str(StageState.PENDING), attempts=0, updated_at=now)
        session.add(run)
        session.flush()
    return run


def restart(session: Session, take_id: str, *, now: datetime) -> None:
    """Begin with the first stage, whatever was done before. A worker that holds a stage loses its lease by this."""
    session.execute(delete(StageRun).where(StageRun.take_id == take_id))
    add_stage(session, take_id, Stage.ASSEMBLE, now=now)


def claim_stage(session: Session, take_id: str, stage: Stage, *, now: datetime) -> str | None:
    """Claim a stage that waits, or whose holder has let its lease run out. Returns the lease, None if there is nothing to do.

    A stage that was begun MAX_ATTEMPTS times and never ended is failed instead: it kills its workers.
    """
    return leases.claim(session, StageRun, *_here(take_id, stage), now=now)


def renew_lease(session: Session, take_id: str, stage: Stage, lease: str, *, now: datetime) -> None:
    """Say that the work goes on. Raises LeaseLostError."""
    _write(session, take_id, stage, lease, lease_until=now + LEASE, updated_at=now)


def note_percent(session: Session, take_id: str, stage: Stage, lease: str, percent: int) -> None:
    """Write how much of the stage is done. Raises LeaseLostError."""
    _write(session, take_id, stage, lease, percent=percent)


def is_last_attempt(session: Session, take_id: str, stage: Stage) -> bool:
    """Whether a stage that is claimed will not be begun again."""
    return session.get_one(StageRun, (take_id, str(stage))).attempts >= MAX_ATTEMPTS


def finish_stage(
    session: Session, take_id: str, stage: Stage, lease: str, *, now: datetime, following: Stage | None = None
) -> None:
    """Write that the stage is done, and let the next one (`following`, if it is not the usual one) wait.

    Raises LeaseLostError when another has it.
    """
    _write(session, take_id, stage, lease, **leases.release(StageState.DONE, now=now))
    following = following or next_stage(stage)
    if following:
        add_stage(session, take_id, following, now=now)


def fail_stage(
    session: Session, take_id: str, stage: Stage, lease: str, problem: str, *, now: datetime, retry: bool
) -> None:
    """Write why it failed. With `retry` it waits for another attempt while there are any left. Raises LeaseLostError."""
    run = session.get(StageRun, (take_id, str(stage)))
    if run is None:
        raise LeaseLostError(f"{stage} of {take_id}")
    again = retry and run.attempts < MAX_ATTEMPTS
    state = StageState.PENDING if again else StageState.FAILED
    _write(session, take_id, stage, lease, **leases.release(state, now=now, problem=problem))


def put_back(session: Session, claim: Claim, lane: int, *, now: datetime) -> None:
    """Let a stage wait again because it takes long, in the lane of those that do; that is no attempt. Raises LeaseLostError."""
    waits = leases.release(StageState.PENDING, now=now, lane=lane, attempts=StageRun.attempts - 1)
    _write(session, claim.take_id, claim.stage, claim.lease, **waits)


def refuse_stage(session: Session, take_id: str, stage: Stage, problem: str, *, now: datetime) -> bool:
    """Fail a stage that waits and that no attempt could end well. Returns False if it does not wait any more."""
    refused = session.execute(
        update(StageRun)
        .where(StageRun.take_id == take_id, StageRun.stage == str(stage), StageRun.state == str(StageState.PENDING))
        .values(state=str(StageState.FAILED), problem=problem, attempts=StageRun.attempts + 1, updated_at=now)
    )
    return refused.rowcount == 1  # type: ignore[attr-defined]


def wait_for_model(session: Session, take_id: str, stage: Stage, lease: str, *, now: datetime) -> None:
    """Put the stage aside until the speech model is there; that counts as no attempt. Raises LeaseLostError."""
    waits = leases.release(StageState.WAITING_FOR_MODEL, now=now, attempts=StageRun.attempts - 1)
    _write(session, take_id, stage, lease, **waits)


def mark_enqueued(session: Session, take_id: str, stage: Stage, *, now: datetime) -> None:
    """Note when the stage was last put into the queue, so that the sweeper leaves it alone for a while."""
    session.execute(
        update(StageRun)
        .where(StageRun.take_id == take_id, StageRun.stage == str(stage))
        .values(enqueued_at=now)
        .execution_options(synchronize_session=False)
    )


def stalled_stages(session: Session, *, now: datetime, model_is_present: bool) -> list[tuple[str, Stage]]:
    """Return (take id, stage) of all that should move and has not: waiting too long, or held by a lease that ran out.

    What waits to be encoded is in no queue: each worker asks for it by itself.
    """
    waiting = [str(StageState.PENDING)]
    if model_is_present:
        waiting.append(str(StageState.WAITING_FOR_MODEL))
    not_lately = or_(StageRun.enqueued_at.is_(None), StageRun.enqueued_at < now - REQUEUE_AFTER)
    abandoned = leases.is_abandoned(StageRun, now=now)
    query = (
        select(StageRun.take_id, StageRun.stage)
        .where(or_(StageRun.state.in_(waiting) & not_lately, abandoned), StageRun.stage.not_in(OF_NO_QUEUE))
        .order_by(StageRun.updated_at)
    )
    return [(take_id, Stage(stage)) for take_id, stage in session.execute(query)]


def fair_order(session: Session, stage: Stage, *, now: datetime) -> list[str]:
    """Return the takes that wait for a stage, the one whose turn it is first: short before long, but nobody for ever.

    A second of waiting counts as much as a second of length. So an answer of a minute lets shorter ones go first that
    came less than the difference after it, and none that came later. A candidate whose recordings cost too much to read
    waits an hour longer for each of them.
    """
    return [take_id for take_id, _length, _since in waiting_for(session, stage, now=now)]


def more_urgent(session: Session, turn: datetime, begun: Collection[str], *, now: datetime) -> list[tuple[str, Stage]]:
    """Return (take id, stage) of what waits and whose turn comes before `turn`; what is assembled quickly comes first.

    Candidates of whom a take is `begun` wait for that: one alone cannot have several take long at a time.
    """
    theirs = set(session.scalars(select(Take.attempt_id).where(Take.id.in_(begun))))
    stages = (Stage.ASSEMBLE, Stage.TRANSCRIBE)
    waiting = [(stage, one) for stage in stages for one in _waiting(session, stage, _is_waiting(now))]
    return [(one.take_id, stage) for stage, one in waiting if one.turn < turn and one.attempt_id not in theirs]


def encoding_order(session: Session, *, now: datetime, stage: Stage = Stage.ENCODE) -> list[tuple[int, datetime, str]]:
    """Return (lane, turn, take id) of what waits to be encoded (or, REENCODE, encoded again), in the order of fair_order.

    Candidates of whom a recording is being encoded wait for that: one alone cannot fill all lanes.
    """
    begun = select(StageRun.take_id).where(
        StageRun.stage.in_(OF_NO_QUEUE), StageRun.state == str(StageState.RUNNING), StageRun.lease_until >= now
    )
    theirs = set(session.scalars(select(Take.attempt_id).where(Take.id.in_(begun))))
    waiting = _waiting(session, stage, leases.is_due(StageRun, now=now))
    return [(one.lane, one.turn, one.take_id) for one in waiting if one.attempt_id not in theirs]


def waiting_for(session: Session, stage: Stage, *, now: datetime) -> list[tuple[str, int, datetime]]:
    """Return (take id, length in milliseconds, since when) of what waits for a stage, in the order of fair_order."""
    return [(one.take_id, one.length_ms, one.since) for one in _waiting(session, stage, _is_waiting(now))]


class _Waiting(NamedTuple):
    """A take that waits; what sorts first is done first."""

    turn: datetime
    take_id: str
    length_ms: int
    since: datetime
    attempt_id: str
    lane: int


def _is_waiting(now: datetime) -> ColumnElement[bool]:
    return or_(StageRun.state == str(StageState.PENDING), leases.is_abandoned(StageRun, now=now))


def _waiting(session: Session, stage: Stage, is_waiting: ColumnElement[bool]) -> list[_Waiting]:
    length_ms = func.coalesce(Media.duration_ms, Take.recorded_ms, 0)
    query = (
        select(StageRun.take_id, length_ms, StageRun.updated_at, Take.attempt_id, StageRun.lane, _costly())
        .join(Take, Take.id == StageRun.take_id)
        .outerjoin(Media, Media.take_id == StageRun.take_id)
        .where(StageRun.stage == str(stage), is_waiting)
    )
    return sorted(
        _Waiting(
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
    """The number of recordings of the same candidate that cost too much to read."""
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


def state_of(take: Take, stages: Iterable[StageRun] | None = None) -> TakeState:
    """Return where a take stands, from its stages (given, or loaded with the take)."""
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
