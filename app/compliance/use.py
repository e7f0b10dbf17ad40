"""Count whether grants were in force when candidates answered, and whether the candidates used them.

One query does it for all candidates of a report, because there may be many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.accommodations.models import Grant
from app.accommodations.rules import MIN_PORTION_SECONDS, PORTIONS, UNMEASURED, Kind
from app.interviews.models import Attempt, Interview, Invitation, Question
from app.recording.models import Take
from app.recording.thinking_models import ThinkingTime
from app.types import UtcDateTime

Column = ColumnElement[Any] | InstrumentedAttribute[Any]
TOLERANCE_SECONDS = 1
"""A recorder stops slightly after its limit. Up to this duration, the extra time does not count as using a grant."""


@dataclass(frozen=True, slots=True)
class AccommodationUse:
    """Numbers of candidates: with a grant, with a grant in force while they answered, and with a grant that they used.

    A candidate used a grant if they recorded or prepared for longer than the standard limits allow, made more takes, or
    sent after the standard deadline.
    """

    given: int
    in_force: int
    used: int
    groups: Mapping[tuple[bool, bool], int]
    """The candidates by whether they have sent their answers and whether they count in `reports.completion`."""


class seconds_between(FunctionElement[float]):
    """The seconds from the first time to the second, with their fractions."""

    inherit_cache = True


@compiles(seconds_between)
def _seconds_on_postgresql(element: seconds_between, compiler: SQLCompiler, **kw: Any) -> str:
    start, end = element.clauses
    return f"extract(epoch FROM {compiler.process(end, **kw)} - {compiler.process(start, **kw)})"


@compiles(seconds_between, "sqlite")
def _seconds_on_sqlite(element: seconds_between, compiler: SQLCompiler, **kw: Any) -> str:
    start, end = element.clauses
    days = f"julianday({compiler.process(end, **kw)}) - julianday({compiler.process(start, **kw)})"
    return f"round(({days}) * 86400.0, 3)"


def use_of(
    session: Session, begun: Sequence[ColumnElement[bool]], counts: ColumnElement[bool], *, now: datetime
) -> AccommodationUse:
    """Count the use of the grants of the attempts that meet the conditions `begun`.

    A human alternative and a grant in words cannot be measured, so they are counted only in `given`. "More time", which
    everyone can use, is part of the standard. `counts` is the condition for `AccommodationUse.groups`.
    """
    measured = Grant.kind.not_in(list(map(str, UNMEASURED)))
    of_deadline = Grant.kind == str(Kind.DEADLINE)
    during_take = Take.id.is_not(None) & _held(Take.started_at, func.coalesce(Take.stopped_at, time_of(now)))
    at_sending = of_deadline & Attempt.submitted_at.is_not(None) & _held(Attempt.submitted_at, Attempt.submitted_at)
    in_force = measured & (during_take | at_sending)
    used = measured & ((at_sending & _is_late(Attempt.submitted_at)) | (during_take & _went_beyond()))
    is_elsewhere = (Grant.kind == str(Kind.HUMAN)) & Grant.ended_at.is_(None)
    each = (
        select(
            _is_any(in_force).label("in_force"),
            _is_any(used).label("used"),
            _is_any(Attempt.submitted_at.is_not(None)).label("is_sent"),
            (_is_any(Attempt.submitted_at.is_not(None) | _invited(counts)) - _is_any(is_elsewhere)).label("counts"),
        )
        .select_from(Grant)
        .join(Attempt, Attempt.id == Grant.attempt_id)
        .outerjoin(Take, Take.attempt_id == Grant.attempt_id)
        .outerjoin(Question, Question.id == Take.question_id)
        .outerjoin(
            ThinkingTime,
            and_(
                ThinkingTime.attempt_id == case((Grant.kind == str(Kind.THINKING_TIME), Grant.attempt_id)),
                ThinkingTime.question_id == Take.question_id,
            ),
        )
        .where(*begun)
        .group_by(Grant.attempt_id)
        .subquery()
    )
    columns = (each.c.is_sent, each.c.counts, func.count(), func.sum(each.c.in_force), func.sum(each.c.used))
    found = session.execute(select(*columns).group_by(each.c.is_sent, each.c.counts)).all()
    groups: dict[tuple[bool, bool], int] = defaultdict(int)
    for row in found:
        groups[row[0] == 1, row[1] == 1] += row[2]
    return AccommodationUse(sum(groups.values()), sum(row[3] for row in found), sum(row[4] for row in found), groups)


def _invited(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return whether a condition holds for the invitation and the interview of the attempt.

    It is a subquery instead of a join, because most rows do not need it: a database evaluates it only for the others.
    """
    here = (Invitation.id == Attempt.invitation_id, Interview.id == Invitation.interview_id, condition)
    return exists(select(literal(1)).select_from(Invitation, Interview).where(*here).correlate(Attempt, Take))


def _is_any(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """Return 1 if the condition holds for a row of the group, else 0."""
    return func.max(case((condition, 1), else_=0))


def _went_beyond() -> ColumnElement[bool]:
    """Return whether a take exceeds the standard limit that the grant in force extends."""
    length_ms = func.coalesce(Take.measured_ms + func.coalesce(Take.trim_ms, 0), Take.recorded_ms, 0)
    longest = Question.recording_seconds + Take.more_time_presses * _portion(Question.recording_seconds)
    thought = seconds_between(ThinkingTime.begun_at, Take.started_at)
    most = Question.thinking_seconds + ThinkingTime.presses * _portion(Question.thinking_seconds)
    beyond = {
        Kind.RECORDING_TIME: length_ms > (longest + TOLERANCE_SECONDS) * 1000,
        Kind.THINKING_TIME: (Take.number == 1) & (thought > most + TOLERANCE_SECONDS),
        Kind.RETAKES: Take.number > Question.retakes + 1,
        Kind.DEADLINE: _is_late(Take.started_at),
    }
    return or_(*((Grant.kind == str(kind)) & condition for kind, condition in beyond.items()))


def _portion(seconds: Column) -> ColumnElement[int]:
    """Return `rules.portion_seconds` in SQL. Integers are divided, so the result is rounded up by adding first."""
    tenth = (seconds + (PORTIONS - 1)) // PORTIONS
    return case((tenth < MIN_PORTION_SECONDS, MIN_PORTION_SECONDS), else_=tenth)


def _is_late(at: Column) -> ColumnElement[bool]:
    """Return whether a time is after the standard deadline."""
    return _invited(or_(at > Interview.deadline_at, at > Invitation.expires_at))


def _held(start: Column, end: Column) -> ColumnElement[bool]:
    return (Grant.given_at <= end) & (Grant.ended_at.is_(None) | (Grant.ended_at > start))


def time_of(moment: datetime) -> ColumnElement[datetime]:
    """Return a time as a value in SQL."""
    return literal(moment, UtcDateTime)
