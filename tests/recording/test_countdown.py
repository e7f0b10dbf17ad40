"""The wait before a recording: the recorder saves the candidate's choice."""

from __future__ import annotations

import pytest

from tests.recording.candidate import Candidate
from tests.recording.question_pages import island, page


def test_recorder_saves_the_wait_before_a_recording(candidate: Candidate) -> None:
    told = island(page(candidate))
    headers = {"X-CSRFToken": told["csrf"]}
    assert [seconds for seconds, _words in told["waits"]] == [3, 5, 10, 0]
    for seconds in (0, 10):
        saved = candidate.client.post(told["urls"]["countdown"], json={"seconds": seconds}, headers=headers)
        assert (saved.status_code, saved.get_json()) == (200, {"seconds": seconds})
        assert island(page(candidate))["countdown_seconds"] == seconds
        assert page(candidate).select_one("#wait option[selected]")["value"] == str(seconds)  # type: ignore[index]


@pytest.mark.parametrize(
    "body", [{"seconds": 7}, {"seconds": "5"}, {"seconds": True}, {"seconds": None}, {}, [5], 5, None]
)
def test_other_waits_are_refused_and_change_nothing(candidate: Candidate, body: object) -> None:
    told = island(page(candidate))
    refused = candidate.client.post(told["urls"]["countdown"], json=body, headers={"X-CSRFToken": told["csrf"]})
    assert refused.status_code == 422
    assert island(page(candidate))["countdown_seconds"] == 5
