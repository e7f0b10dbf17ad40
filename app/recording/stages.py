"""The processing stages of a take, from uploaded bytes to an answer with captions."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """The stages of a take, in order."""

    ASSEMBLE = "assemble"
    ENCODE = "encode"
    """Only for takes that cannot be copied into one file that every browser can play."""
    REENCODE = "reencode"
    """Only for files from before encoding was introduced, in a format that some browsers cannot play.

    They can be watched in the meantime.
    """
    TRANSCRIBE = "transcribe"
    INDEX = "index"
    HEAR_AHEAD = "hear ahead"
    """Not in the order: begins while the answer is recorded, and ends before the first stage begins."""


class StageState(StrEnum):
    """The state of one stage of one take. It is stored in the database, not in the queue."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING_FOR_MODEL = "waiting for a speech model"
    DONE = "done"
    FAILED = "failed"
