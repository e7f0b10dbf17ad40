"""The stages that a take passes on its way from uploaded bytes to an answer with captions. Pure."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """The stages of a take, in order."""

    ASSEMBLE = "assemble"
    ENCODE = "encode"
    """Only of what cannot be copied into one file that every browser plays."""
    REENCODE = "reencode"
    """Only of what was kept, before recordings were encoded again, in a format that some browsers do not play. It can be
    watched meanwhile.
    """
    TRANSCRIBE = "transcribe"
    INDEX = "index"


class StageState(StrEnum):
    """Where one stage of one take stands. The database says so, the queue does not."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING_FOR_MODEL = "waiting for a speech model"
    DONE = "done"
    FAILED = "failed"
