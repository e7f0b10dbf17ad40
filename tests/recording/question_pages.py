"""The question page as a candidate fetches it, and the settings for its recorder."""

from __future__ import annotations

import json
from typing import Any

from bs4 import BeautifulSoup

from tests.recording.candidate import Candidate


def page(candidate: Candidate, question: int = 0) -> BeautifulSoup:
    """Return the page of a question."""
    return candidate.client.page(f"/interview/questions/{candidate.questions[question]}")


def island(soup: BeautifulSoup) -> dict[str, Any]:
    """Return the settings that the page gives to its recorder."""
    found = soup.find(id="recorder-data")
    assert found is not None
    data: dict[str, Any] = json.loads(found.get_text())
    return data
