"""What became of the file of a take: which could not be made and why, and how far one is that is being encoded."""

from __future__ import annotations

from sqlalchemy import Select, select

from app.recording.models import Stage, StageRun, StageState, Take


def unreadable_takes() -> Select[str]:
    """Return the query for the takes of which no file could be made."""
    return select(StageRun.take_id).where(
        StageRun.stage.in_([str(Stage.ASSEMBLE), str(Stage.ENCODE)]), StageRun.state == str(StageState.FAILED)
    )


def why_unreadable(take: Take) -> str | None:
    """Return the reason code why no file could be made of a take (a `Refusal`, or another); None where one could."""
    return next(
        (
            run.problem or "failed"
            for run in take.stages
            if run.stage in (Stage.ASSEMBLE, Stage.ENCODE) and run.state == StageState.FAILED
        ),
        None,
    )


def is_being_reencoded(take: Take) -> bool:
    """Whether a file that some browsers do not play is still to be replaced by one that every browser plays."""
    return any(
        run.stage == Stage.REENCODE and run.state in (StageState.PENDING, StageState.RUNNING) for run in take.stages
    )


def percent_of(take: Take, stage: Stage) -> int:
    """Return how much of a stage is done."""
    return next((run.percent or 0 for run in take.stages if run.stage == stage), 0)
