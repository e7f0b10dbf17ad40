"""The text that a candidate reads on a page, and a recorded answer."""

from __future__ import annotations

from app.interviews.models import Attempt
from app.recording.models import Answer, Take
from app.transaction import transaction
from tests.factories import NOON, make_take
from tests.page_check import CheckingClient


def words(client: CheckingClient, address: str) -> str:
    return client.page(address).main.get_text(" ", strip=True)  # type: ignore[union-attr]


def answered(attempt: Attempt, question: int = 0) -> Take:
    """Make a complete take that is the answer to a question."""
    take = make_take(
        attempt, attempt.interview.questions[question], stopped_at=NOON, complete_at=NOON, recorded_ms=5000
    )
    with transaction() as session:
        session.add(Answer(attempt_id=attempt.id, question_id=take.question_id, take_id=take.id, chosen_at=NOON))
    return take
