"""Let the worker do more urgent work while one recording takes long.

Whisper transcribes a few windows at a time. Between two groups of windows, the process that holds the model can do
other work. So a long answer delays other answers by no more than the time for one minute of speech. Assembling runs in
a child process with low priority. Long recordings still get their turn, because each second of waiting counts
(`recording/fair_order.py`): takes whose turn comes later have to wait for them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from rq.timeouts import JobTimeoutException

from app import clock
from app.extensions import db
from app.recording import fair_order
from app.recording.models import Stage

SHORT = timedelta(minutes=10)
"""Takes up to this length are processed first while another recording, of unknown length, takes long to assemble."""
PATIENCE_SECONDS = 5
"""How long assembling may take before other takes are processed first. An answer of a few minutes takes less time."""
MAX_AT_ONCE = 4
"""How many started recordings may wait for more urgent ones. Each one uses memory."""
log = logging.getLogger("fairtake.pipeline")
_begun = threading.local()


def run_urgent_first(take_id: str, turn: datetime, run: Callable[[Stage, str], bool]) -> None:
    """While `take_id` is being processed, `run` every stage of other takes whose turn comes before `turn`.

    If one of these stages fails, the failure is recorded for its own take, and does not stop the work on `take_id`.
    """
    begun: list[str] = _begun.__dict__.setdefault("takes", [])
    if len(begun) >= MAX_AT_ONCE - 1:
        return
    begun.append(take_id)
    try:
        _run_what_is_more_urgent(begun, turn, run)
    finally:
        begun.pop()


def _run_what_is_more_urgent(begun: list[str], turn: datetime, run: Callable[[Stage, str], bool]) -> None:
    tried: set[tuple[str, Stage]] = set()
    while True:
        waiting = fair_order.more_urgent(db.session(), turn, begun, now=clock.now())
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
        except Exception as problem:  # noqa: BLE001 - the stage has recorded it, and will be retried
            log.warning("stage failed, will retry: stage=%s take=%s error=%s", stage, take_id, type(problem).__name__)
