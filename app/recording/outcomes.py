"""Outcomes of processing: takes from which no file could be made, with the reasons, and the progress of encoding."""

from __future__ import annotations

from sqlalchemy import Select, select

from app.recording.models import Stage, StageRun, StageState, Take


def unreadable_takes() -> Select[str]:
    """Select the ids of takes from which no file could be made."""
    return select(StageRun.take_id).where(
        StageRun.stage.in_([str(Stage.ASSEMBLE), str(Stage.ENCODE)]), StageRun.state == str(StageState.FAILED)
    )


def why_unreadable(take: Take) -> str | None:
    """Return the reason code (such as a `Refusal`) why no file could be made from a take, or None if there is none."""
    return next(
        (
            run.problem or "failed"
            for run in take.stages
            if run.stage in (Stage.ASSEMBLE, Stage.ENCODE) and run.state == StageState.FAILED
        ),
        None,
    )


def is_being_reencoded(take: Take) -> bool:
    """Return whether the file of a take still has to be encoded again, because some browsers cannot play it."""
    return any(
        run.stage == Stage.REENCODE and run.state in (StageState.PENDING, StageState.RUNNING) for run in take.stages
    )


def percent_of(take: Take, stage: Stage) -> int:
    """Return the progress of a stage in percent."""
    return next((run.percent or 0 for run in take.stages if run.stage == stage), 0)
