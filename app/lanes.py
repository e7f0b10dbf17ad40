"""Lanes: the threads of a worker that encode. Long work is interrupted, so that other work does not wait behind it.

Encoding may take hours, and its duration is not known in advance. So each recording starts in any lane. If its encoding
takes longer than the lane allows while other recordings wait for the lane, it is stopped, and starts again later in a
lane for longer work. New recordings therefore find a free lane within minutes. If no other recording waits, nothing is
stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from app import clock
from app.captions import question_media_encoding
from app.captions.question_versions import MediaRole
from app.extensions import db
from app.recording import fair_order
from app.recording.leases import GiveWayError
from app.recording.stages import Stage

PATIENCE_SECONDS: tuple[float | None, ...] = (180, 1800, None)
"""For each lane, how many seconds an encoding may keep other recordings waiting. None: until the encoding ends."""
NOTICE_SECONDS = 10
"""How long other recordings must have waited before an encoding is stopped. In this time, a free lane may take them."""
LAST = len(PATIENCE_SECONDS) - 1


class WaitingEncoding(NamedTuple):
    """A waiting encoding job: a stage of a take, or the video of a question (stage None).

    Sorting these tuples gives the order of processing.
    """

    level: int
    """The lane number times -1. Jobs are sorted by it, so that a job that is known to take long comes before new ones."""
    turn: datetime
    id: str
    stage: Stage | None
    role: MediaRole = MediaRole.MAIN
    """The role of the question's media, if `stage` is None."""


def waiting_in(lane: int) -> list[WaitingEncoding]:
    """Return the jobs that may be done in a lane, in order. REENCODE jobs come last, and only in the last lane."""
    session, now = db.session(), clock.now()
    takes = [
        WaitingEncoding(-level, turn, id, Stage.ENCODE)
        for level, turn, id in fair_order.encoding_order(session, now=now)
    ]
    of_questions = [
        WaitingEncoding(-level, turn, place.question_id, None, place.role)
        for level, turn, place in question_media_encoding.encoding_order(session, now=now)
    ]
    older = fair_order.encoding_order(session, now=now, stage=Stage.REENCODE) if lane == LAST else []
    session.rollback()
    found = sorted((each for each in (*takes, *of_questions) if -each.level <= lane), key=lambda each: each[:3])
    return [*found, *(WaitingEncoding(-level, turn, id, Stage.REENCODE) for level, turn, id in older)]


def giving_way(lane: int) -> Callable[[], None]:
    """Return a function that an encoding in `lane` calls regularly. It raises GiveWayError if the encoding has used up
    the time of its lane and another job has waited for NOTICE_SECONDS.
    """
    begun, patience = time.monotonic(), PATIENCE_SECONDS[lane]
    noticed: float | None = None

    def give_way() -> None:
        nonlocal noticed
        moment = time.monotonic()
        if patience is None or moment - begun <= patience:
            return
        if not waiting_in(lane):
            noticed = None
            return
        noticed = moment if noticed is None else noticed
        if moment - noticed >= NOTICE_SECONDS:
            raise GiveWayError

    return give_way
