"""While one recording takes long, the worker lets more urgent ones go first, and goes on with it afterwards.

Whisper hears a few windows at a time. Between two of them the process that holds the model may do anything else, so an
answer of hours delays nobody by more than a minute of speech takes. What is assembled, or tries to, is in the hands of a
child process meanwhile, which gets the processor when nobody else wants it. It is not starved: one who waits for their turn gets
nearer to it with every second (`processing.fair_order`), and what comes later than its own turn waits.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from rq.timeouts import JobTimeoutException

from app import clock
from app.extensions import db
from app.recording import processing
from app.recording.models import Stage

SHORT = timedelta(minutes=10)
"""What is at most as long goes first while a recording takes long to assemble: nobody knows how long that one is."""
PATIENCE_SECONDS = 5
"""Longer than an answer of some minutes takes to assemble."""
MOST_AT_ONCE = 4
"""How many recordings may have been begun and be waiting for a more urgent one, each with its memory."""
log = logging.getLogger("fairtake.pipeline")
_begun = threading.local()


def let_others_go_first(take_id: str, turn: datetime, run: Callable[[Stage, str], bool]) -> None:
    """While `take_id` is worked on, do with `run` every stage of others whose turn comes before `turn`.

    What goes wrong with one of them is written down there, and does not end the work on this one.
    """
    begun: list[str] = _begun.__dict__.setdefault("takes", [])
    if len(begun) >= MOST_AT_ONCE - 1:
        return
    begun.append(take_id)
    try:
        _run_what_is_more_urgent(begun, turn, run)
    finally:
        begun.pop()


def _run_what_is_more_urgent(begun: list[str], turn: datetime, run: Callable[[Stage, str], bool]) -> None:
    tried: set[tuple[str, Stage]] = set()
    while True:
        waiting = processing.more_urgent(db.session(), turn, begun, now=clock.now())
        db.session.rollback()
        following = next((each for each in waiting if each not in tried), None)
        if following is None:
            return
        tried.add(following)
        take_id, stage = following
        try:
            run(stage, take_id)
        except JobTimeoutException:
            raise
        except Exception as problem:  # noqa: BLE001 - the stage has written it down, and its take is tried again
            log.warning("%s of %s, done meanwhile, failed: %s", stage, take_id, type(problem).__name__)
