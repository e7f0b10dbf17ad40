"""Send the forms for scores as reviewers do, and read the results."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from app.accounts.models import StaffUser
from app.audit import AuditAction, AuditEvent
from app.extensions import db
from app.interviews.models import Interview
from app.recording.models import Answer
from app.review.models import Score
from tests.page_check import CheckingClient
from tests.review.desk_pages import text_of

Desk = Callable[[StaffUser], CheckingClient]
JSON = {"Accept": "application/json"}
AGAIN, OPEN = "Reopened and handed in again.", "Reopened, and not handed in again yet."
CHANGED = "Changed after colleagues’ scores could be seen."


def base(answer: Answer) -> str:
    return f"/review/answers/{answer.id}"


def score(desk: CheckingClient, answer: Answer, **typed: Any) -> Any:
    """Send the form of a score, and confirm if the score is to be handed in."""
    headers = typed.pop("headers", {})
    answered = desk.submit(f"{base(answer)}/score", {"version": "0", **typed}, headers=headers)
    if typed.get("do") == "hand in" and answered.status_code == 303:
        return confirm(desk, answered.location)
    return answered


def confirm(desk: CheckingClient, address: str) -> Any:
    """Confirm on a page that asks for confirmation."""
    return desk.submit(address, {"version": desk.page(address).select_one("main [name=version]")["value"]})  # type: ignore[index]


def hand_in(desk: CheckingClient, answer: Answer, level: int = 2, comment: str = "Clear.") -> None:
    """Hand in a score, on the page as it is now."""
    version = desk.page(base(answer)).select_one("#score-form [name=version]")["value"]  # type: ignore[index]
    assert score(desk, answer, version=version, level=str(level), comment=comment, do="hand in").status_code == 303


def reopen(desk: CheckingClient, answer: Answer) -> None:
    assert confirm(desk, f"{base(answer)}/score/reopen").status_code == 303


def told(desk: CheckingClient, address: str, place: str = "main") -> str:
    return text_of(desk.page(address).select_one(place))


def rows(desk: CheckingClient, interview: Interview) -> list[dict[str, str]]:
    """Return the rows of the export."""
    export = desk.submit(f"/review/interviews/{interview.id}/scores.csv").text.removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(export)))


def events(action: AuditAction) -> list[AuditEvent]:
    db.session.rollback()
    return list(
        db.session.scalars(select(AuditEvent).where(AuditEvent.action == str(action)).order_by(AuditEvent.number))
    )


def score_of(user: StaffUser) -> Score:
    db.session.rollback()
    return db.session.scalars(select(Score).where(Score.reviewer_id == user.id)).one()
