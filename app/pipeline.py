"""The stages of a take: assemble (-> encode) -> transcribe -> index, and the sweeper that restarts lost ones.

Each stage claims its take by compare-and-set, works outside any transaction, saves its result in a short transaction
and enqueues the next stage. A stage may run twice, or be killed at any point and run again. `recording.processing`
explains why its result is saved only once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app import batches, clock, clock_watch, lanes, turns
from app import housekeeping as housekeeping
from app.batches import Batch
from app.captions import pipeline as caption_pipeline
from app.captions import question_media_pipeline
from app.captions import services as captions
from app.captions.question_versions import MediaPlace
from app.captions.speech.transcriber import SpeechModelMissingError
from app.compliance import erasure_run
from app.config import current_config
from app.errors import BusyError
from app.extensions import db, jobs
from app.heartbeat import Heartbeat
from app.media.facts import Refusal
from app.media.sandbox import MediaRefusedError
from app.outages import is_outage
from app.recording import fair_order, pipeline, processing
from app.recording.completion import lock_take
from app.recording.leases import GiveWayError, LeaseLostError
from app.recording.models import Stage
from app.recording.processing import Claim
from app.recording.upload import first_look
from app.review.search import services as search
from app.storage import StorageUnavailableError, get_storage
from app.traces import without_words
from app.transaction import after_commit, retried, transaction

JOB_SECONDS = {Stage.ASSEMBLE: 4 * 3600, Stage.TRANSCRIBE: 4 * 3600, Stage.INDEX: 5 * 60}
RECORDS_SECONDS = 24 * 3600
"""How long the queue keeps the records of a job. They contain only opaque ids."""
log = logging.getLogger("fairtake.pipeline")


def enqueue(stage: Stage | str, take_id: str) -> None:
    """Put a stage into the queue. If Redis is unavailable, the sweeper finds the stage in the database and enqueues it."""
    stage = Stage(stage)
    if stage is Stage.ASSEMBLE and _is_refused_at_once(take_id):
        return
    try:
        jobs.queue.enqueue(
            run_next,
            str(stage),
            take_id,
            at_front=stage
            is not Stage.TRANSCRIBE,  # assembling is quick, and measures the length, on which the order depends
            job_timeout=JOB_SECONDS[stage],
            result_ttl=RECORDS_SECONDS,
            failure_ttl=RECORDS_SECONDS,
            description=f"{stage} {take_id}",
        )
    except RedisError as problem:
        log.warning("redis unavailable, will retry: stage=%s take=%s error=%s", stage, take_id, type(problem).__name__)
        return
    try:
        _mark_enqueued(take_id, stage)
    except (BusyError, SQLAlchemyError) as problem:  # the sweeper will enqueue it again
        log.warning("enqueued but not marked: stage=%s take=%s error=%s", stage, take_id, type(problem).__name__)


@retried
def _mark_enqueued(take_id: str, stage: Stage) -> None:
    with transaction() as session:
        processing.mark_enqueued(session, take_id, stage, now=clock.now())


def _is_refused_at_once(take_id: str) -> bool:
    """Refuse a take immediately if its first bytes are not those of a recording. Returns whether it was refused."""
    try:
        refusal = first_look.obvious_refusal(get_storage(), first_look.head_keys(db.session(), take_id))
    except (StorageUnavailableError, FileNotFoundError):
        refusal = None  # leave the decision to the worker
    db.session.rollback()
    if refusal is not Refusal.NOT_MEDIA:  # an empty take may still receive bytes
        return False
    log.info("stage refused: stage=%s take=%s reason=%s", Stage.ASSEMBLE, take_id, refusal)
    with transaction() as session:
        return processing.refuse_stage(session, take_id, Stage.ASSEMBLE, refusal, now=clock.now())


@without_words
def run_next(stage_name: str, take_id: str) -> None:
    """Run one stage of the take that is next in order. The jobs in the queue call this function.

    There is one job for each waiting stage, but a job may process another take than the one it was added for.
    """
    order = fair_order.fair_order(db.session(), Stage(stage_name), now=clock.now())
    db.session.rollback()
    for each in [*order, take_id]:
        if run_stage(stage_name, each):
            return


def run_stage(stage_name: str, take_id: str, lane: int = lanes.LAST) -> bool:
    """Run one stage of one take, in the worker's `lane`. Returns False if the stage is done or held by another process."""
    stage = Stage(stage_name)
    lease = _claim(take_id, stage)
    if lease is None:
        return False
    claim = Claim(take_id, stage, lease, lane)
    try:
        with Heartbeat(partial(processing.renew_lease, take_id=take_id, stage=stage, lease=lease)):
            WORK[stage](claim)
        log.info("stage done: stage=%s take=%s", stage, take_id)
    except LeaseLostError:
        log.warning("stage lease lost: stage=%s take=%s", stage, take_id)
    except GiveWayError:
        _put_back(claim)
    except SpeechModelMissingError:
        _put_aside(claim)
    except MediaRefusedError as refusal:
        _fail(claim, refusal.code, retry=False)
    except Exception as problem:
        _fail(claim, type(problem).__name__, retry=True, is_counted=not is_outage(problem))
        raise
    return True


def _claim(take_id: str, stage: Stage) -> str | None:
    """Claim a stage. If the claim raises an error, the stage is retried later and does not block the takes after it."""
    leases: list[str | None] = []

    def claim(session: Session, _subject: str, *, now: datetime) -> None:
        leases.append(processing.claim_stage(session, take_id, stage, now=now))

    housekeeping.each_in_a_transaction(Batch.CLAIMS, [f"{take_id}/{stage}"], claim, clock.now(), is_all=False)
    return leases[0] if leases else None


def sweep(now: datetime | None = None) -> int:
    """Enqueue stalled stages, and complete abandoned takes. Returns how many stages were enqueued.

    Actions that cannot be undone wait while the clock is unreliable.
    """
    now = now or clock.now()
    with transaction() as session:
        is_steady = clock_watch.is_steady(session, now=now)
    enqueued: list[tuple[str, Stage]] = []
    steps: dict[str, Callable[[datetime], object]] = {"erasures": erasure_run.finish_all}
    if is_steady:
        steps |= {
            "deadlines": housekeeping.pause_deadlines,
            "abandoned": housekeeping.complete_abandoned,
            "tidying": housekeeping.tidy,
        }
    steps |= {
        "temporary files": housekeeping.sweep_temporary_files,
        "search index": housekeeping.index_missing,
        "queue": lambda now: enqueued.extend(_enqueue_stalled(now)),
    }
    batches.for_each(
        Batch.STEPS, steps, lambda name: steps[name](now), now=now, is_all=is_steady, longest_pause=batches.PAUSES[0]
    )
    return len(enqueued)


def _enqueue_stalled(now: datetime) -> list[tuple[str, Stage]]:
    present = captions.speech_model_is_present(current_config())
    found = processing.stalled_stages(db.session(), now=now, model_is_present=present)
    db.session.rollback()
    stages = {f"{take_id}/{stage}": (take_id, stage) for take_id, stage in found}
    batches.for_each(Batch.STAGES, stages, lambda name: enqueue(stages[name][1], stages[name][0]), now=now)
    return found


def assemble(claim: Claim) -> None:
    """Join the uploaded parts into one seekable file, and decode its sound for the transcriber."""
    began = time.monotonic()

    def meanwhile() -> None:
        if time.monotonic() - began > turns.PATIENCE_SECONDS:
            turns.run_urgent_first(claim.take_id, clock.now() + turns.SHORT, run_stage)

    pipeline.assemble(claim, _finish, meanwhile)


def encode(claim: Claim) -> None:
    """Encode a take whose segments cannot be copied into one file that every browser can play."""
    pipeline.encode(claim, _finish, lanes.giving_way(claim.lane))


def reencode(claim: Claim) -> None:
    """Encode an older file that some browsers cannot play."""
    pipeline.reencode(claim, _finish, lanes.giving_way(claim.lane))


def encode_next(lane: int = lanes.LAST) -> bool:
    """Encode the next take or question video of a lane. Returns False if nothing waits."""
    for waiting in lanes.waiting_in(lane):
        if waiting.stage is None:
            is_done = question_media_pipeline.encode(MediaPlace(waiting.id, waiting.role), lane, lanes.giving_way(lane))
        else:
            is_done = run_stage(waiting.stage, waiting.id, lane)
        if is_done:
            return True
    return False


def transcribe(claim: Claim) -> None:
    """Make captions from the sound of a take."""

    def meanwhile(turn: datetime) -> None:
        turns.run_urgent_first(claim.take_id, turn, run_stage)

    caption_pipeline.transcribe(claim, _finish, meanwhile)


@retried
def index(claim: Claim) -> None:
    """Add the captions of a take to the search index."""
    with transaction() as session:
        lock_take(session, claim.take_id)
        track = captions.current_track(session, claim.take_id)
        if track is not None:
            search.index_track(session, track.id)
        _finish(session, claim)


WORK: dict[Stage, Callable[[Claim], None]] = {
    Stage.ASSEMBLE: assemble,
    Stage.ENCODE: encode,
    Stage.REENCODE: reencode,
    Stage.TRANSCRIBE: transcribe,
    Stage.INDEX: index,
}


def _finish(session: Session, claim: Claim) -> None:
    processing.finish_stage(session, claim.take_id, claim.stage, claim.lease, now=clock.now())
    following = processing.next_stage(claim.stage)
    if following is Stage.INDEX:
        after_commit(
            run_stage, following, claim.take_id
        )  # indexing takes milliseconds, no longer than adding a job to the queue
    elif following:
        after_commit(enqueue, following, claim.take_id)


@retried
def _put_back(claim: Claim) -> None:
    log.info("stage requeued, takes long: stage=%s take=%s", claim.stage, claim.take_id)
    with suppress(LeaseLostError), transaction() as session:
        processing.put_back(session, claim, claim.lane + 1, now=clock.now())


@retried
def _put_aside(claim: Claim) -> None:
    with suppress(LeaseLostError), transaction() as session:
        processing.wait_for_model(session, claim.take_id, claim.stage, claim.lease, now=clock.now())


@retried
def _fail(claim: Claim, problem: str, *, retry: bool, is_counted: bool = True) -> None:
    log.error("stage failed: stage=%s take=%s error=%s", claim.stage, claim.take_id, problem)
    try:
        with transaction() as session:
            processing.fail_stage(session, claim, problem[:40], now=clock.now(), retry=retry, is_counted=is_counted)
    except LeaseLostError:
        log.warning("stage lease lost: stage=%s take=%s", claim.stage, claim.take_id)
