"""The captions queue as shown to people: the place of a recording, and the expected waiting time.

All data comes from the database. The queue in Redis may be lost and is rebuilt from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app.recording.fair_order import waiting_for
from app.recording.models import Media, Stage, StageRun, StageState
from app.recording.processing import IS_UNDONE, REQUEUE_AFTER

MEASURED = 20
"""How many of the latest recordings with captions are used to measure the speed of transcription."""
LATELY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """The place of a recording in a queue of `total` recordings, from 1 (0: being processed), and the expected wait in
    `seconds` (None: unknown).
    """

    place: int
    total: int
    seconds: float | None

    @property
    def minutes(self) -> int:
        """Return the waiting time in minutes, rounded up."""
        return -int(-(self.seconds or 0) // 60)


def captions_queue(session: Session, *, now: datetime) -> Mapping[str, QueuePlace]:
    """Return the wait of each recording without captions, by take id. Uses three queries for any number of recordings.

    Recordings in progress are counted in full, so the estimate is more likely too long than too short.
    """
    waiting = waiting_for(session, Stage.TRANSCRIBE, now=now)
    running = _running(session, now)
    if not waiting and not running:
        return {}
    speed, last = _speed(session, now)
    if (
        not running
        and (last is None or last < now - REQUEUE_AFTER)
        and min(each[2] for each in waiting) < now - REQUEUE_AFTER
    ):
        speed = None  # no worker is active, so no time can be promised
    ahead = sum(running.values())

    def wait(place: int, length_ms: int) -> QueuePlace:
        return QueuePlace(place, len(waiting), length_ms / 1000 / speed if speed else None)

    queue = {take_id: wait(0, ahead) for take_id in running}
    for place, (take_id, length, _since) in enumerate(waiting, start=1):
        ahead += length
        queue[take_id] = wait(place, ahead)
    return queue


def _running(session: Session, now: datetime) -> dict[str, int]:
    """Return the length in milliseconds of each recording that is being transcribed, by take id."""
    query = (
        select(StageRun.take_id, Media.duration_ms)
        .join(Media, Media.take_id == StageRun.take_id)
        .where(
            IS_UNDONE,
            StageRun.stage == str(Stage.TRANSCRIBE),
            StageRun.state == str(StageState.RUNNING),
            StageRun.lease_until >= now,
        )
    )
    return {row.take_id: row.duration_ms for row in session.execute(query)}


def _speed(session: Session, now: datetime) -> tuple[float | None, datetime | None]:
    """Return the speed (seconds of recordings per second) and the time of the latest captions. None if unknown.

    Only time in which recordings waited or were processed is counted. So the speed holds for any number of workers, and
    idle time does not lower it.
    """
    assembled, encoded, heard = aliased(StageRun), aliased(StageRun), aliased(StageRun)
    ready_at = func.coalesce(encoded.updated_at, assembled.updated_at)
    query = (
        select(ready_at, heard.updated_at, Media.duration_ms)
        .join(assembled, (assembled.take_id == heard.take_id) & (assembled.stage == str(Stage.ASSEMBLE)))
        .outerjoin(encoded, (encoded.take_id == heard.take_id) & (encoded.stage == str(Stage.ENCODE)))
        .join(Media, Media.take_id == heard.take_id)
        .where(heard.stage == str(Stage.TRANSCRIBE), heard.state == str(StageState.DONE))
        .where(heard.updated_at >= now - LATELY)
        .order_by(heard.updated_at.desc())
        .limit(MEASURED)
    )
    done = [(ready, ended, length) for ready, ended, length in session.execute(query) if ready < ended]
    busy = timedelta()
    until: datetime | None = None
    for ready, ended, _length in sorted(done):
        begun = ready if until is None else max(ready, until)
        busy += max(timedelta(), ended - begun)
        until = ended if until is None else max(until, ended)
    return (
        (sum(length for *_, length in done) / 1000 / busy.total_seconds(), until) if until and busy else (None, until)
    )
