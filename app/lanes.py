"""Lanes in which a worker encodes: long work gives way, so that no encoding waits behind a costly one.

A recording costs up to hours of the processor, and how much is known only when it is done. So it begins in any lane; where
it takes longer than the lane allows while others wait for that lane, it is put back, and begins again in a lane of those
that take long. What is new finds a lane in minutes, whatever else was handed in. Nothing is put back while nobody waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from app import clock
from app.captions import question_media_encoding
from app.extensions import db
from app.recording import processing
from app.recording.leases import GiveWayError
from app.recording.stages import Stage

PATIENCE_SECONDS: tuple[float | None, ...] = (180, 1800, None)
"""For each lane, how long an encoding may keep others waiting; None: as long as it costs at most (`encoding`)."""
NOTICE_SECONDS = 10
"""How long others must have waited before work is put back: a lane that is free takes what is new by then."""
LAST = len(PATIENCE_SECONDS) - 1


class Waiting(NamedTuple):
    """What waits to be encoded: a stage of a take, or the video of a question (None). What sorts first is done first."""

    level: int
    """The lane, as a negative number: what has proved to take long comes before what is new."""
    turn: datetime
    id: str
    stage: Stage | None


def waiting_in(lane: int) -> list[Waiting]:
    """Return what may be encoded in a lane, the next one first. Files from before come last, in the last lane alone."""
    session, now = db.session(), clock.now()
    takes = [Waiting(-level, turn, id, Stage.ENCODE) for level, turn, id in processing.encoding_order(session, now=now)]
    films = [
        Waiting(-level, turn, id, None) for level, turn, id in question_media_encoding.encoding_order(session, now=now)
    ]
    older = processing.encoding_order(session, now=now, stage=Stage.REENCODE) if lane == LAST else []
    session.rollback()
    found = sorted((each for each in (*takes, *films) if -each.level <= lane), key=lambda each: each[:3])
    return [*found, *(Waiting(-level, turn, id, Stage.REENCODE) for level, turn, id in older)]


def giving_way(lane: int) -> Callable[[], None]:
    """Return a function that an encoding calls now and then.

    It raises GiveWayError when the encoding has had the time of its lane and others have waited for NOTICE_SECONDS.
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
