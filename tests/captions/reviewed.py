"""An answer and the reviewer who may see it."""

from __future__ import annotations

from dataclasses import dataclass

from app.interviews.models import Interview
from app.recording.models import Answer
from tests.page_check import CheckingClient


@dataclass
class ReviewedAnswer:
    """An answer, its interview, and the browser of its signed-in reviewer."""

    client: CheckingClient
    answer: Answer
    interview: Interview

    @property
    def take_id(self) -> str:
        """Return the id of the take."""
        assert self.answer.take_id
        return self.answer.take_id
