"""How long does the server take for the most frequent pages, compared with an empty Flask page?"""

from __future__ import annotations

import http.client
import time

from flask import Flask

from app.accounts.models import Role
from app.clock import now
from benchmarks.setting import Figure, application, folder, median_and_95th
from tests.answer_factories import make_answer, make_captioned_answer, make_cue
from tests.factories import NOON, make_attempt, make_interview, make_invitation, make_user
from tools.local_server import served

REQUESTS = 200
CANDIDATES = 1000
CUES = 40
"""Number of cues in an answer of two minutes."""


def measure() -> list[Figure]:
    """Fetch each page many times over one connection, and return the median and 95th percentile of the times."""
    empty = Flask("empty")
    empty.add_url_rule("/", view_func=lambda: "<!doctype html><title>Empty</title>")
    with served(empty) as port:
        alone, _ = median_and_95th(_fetch(port, "/", ""))
    figures = []
    with folder() as place, application(place) as app, served(app) as port:
        for name, (path, cookie) in _pages(app).items():
            median, slow = median_and_95th(_fetch(port, path, cookie))
            figures.append(
                Figure(name, f"{median * 1000:.1f} ms, 95 % within {slow * 1000:.1f} ms",
                       f"{alone * 1000:.1f} ms (an empty Flask page)", median / alone)
            )  # fmt: skip
    return figures


def _pages(app: Flask) -> dict[str, tuple[str, str]]:
    reviewer = make_user(Role.REVIEWER)
    interview = make_interview(reviewers=[reviewer])
    _, token = make_invitation(interview)
    attempt = make_attempt(interview)
    question = attempt.interview.questions[0].id
    for _ in range(CANDIDATES):
        make_answer(make_attempt(interview, submitted_at=NOON), text="I would call them back.")
    said = [make_cue("I showed the visitors around the harbour", 3000 * place) for place in range(CUES)]
    answer = make_captioned_answer(*said, attempt=make_attempt(interview, submitted_at=NOON))
    candidate = _cookie(app, attempt=attempt.id)
    staff = _cookie(app, user=reviewer.id, epoch=reviewer.session_epoch, since=now().timestamp())
    return {
        "invitation": (f"/i/{token}", ""),
        "task list": ("/interview/", candidate),
        "question": (f"/interview/questions/{question}", candidate),
        f"reviewer's list, a page of {CANDIDATES:,} candidates": (f"/review/interviews/{interview.id}", staff),
        f"an answer with a transcript of {CUES} cues": (f"/review/answers/{answer.id}", staff),
    }


def _cookie(app: Flask, **values: object) -> str:
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return "fairtake=" + str(serializer.dumps({"_permanent": True, **values}))


def _fetch(port: int, path: str, cookie: str) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    samples = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered {answer.status}")
        samples.append(time.perf_counter() - began)
    connection.close()
    return samples[10:]
