"""If two requests of one candidate arrive at the same moment, they get the responses that they would get in turn.

No request causes an internal error, "not available" or a deadlock. `FAIRTAKE_TEST_EXAMPLES` is the number of rounds
through all pairs of requests. The seed is printed and fixed, unless `FAIRTAKE_TEST_SEED` sets another.
"""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from werkzeug.test import TestResponse

from app import clock, pipeline
from app.accommodations.models import AccommodationRequest, Grant
from app.extensions import db
from app.ids import hash_token, new_id, new_token
from app.interviews.models import Attempt, Interview, Invitation
from app.interviews.rules import CONSENT_VERSION
from app.recording.models import Answer, Take, Upload, UploadPart, WrittenDraft
from app.transaction import transaction
from tests.at_once import at_once
from tests.factories import NOON, make_interview
from tests.page_check import CheckingClient
from tests.recording.candidate import RECORDER, RECORDING, SIZE
from tests.recording.uploading import PART_TYPE, VERSION, coded

ROUNDS = int(os.environ.get("FAIRTAKE_TEST_EXAMPLES") or 1)
SEED = int(os.environ.get("FAIRTAKE_TEST_SEED") or 0)
MORE = b" and more"


@dataclass(frozen=True, slots=True)
class World:
    """A candidate with a take that is being recorded (a), a take that was stopped (b), and a grant."""

    attempt: str
    questions: tuple[str, ...]
    a: str
    b: str
    upload: str
    grant: str
    session: str


def make_worlds(interview: Interview, count: int) -> list[World]:
    """Make `count` worlds of this interview in one transaction."""
    questions = tuple(question.id for question in interview.questions)
    worlds, now = [], clock.now()
    limits = {"recording_seconds": 120, "thinking_seconds": 60, "retakes": 2}
    with transaction() as session:
        for _ in range(count):
            world = World(new_id(), questions, new_id(), new_id(), new_id(), new_id(), new_id())
            invitation = Invitation(
                id=new_id(), interview_id=interview.id, candidate_name="A", candidate_email=f"{world.attempt}@example.org",
                token_hash=hash_token(new_token()), created_at=NOON,
            )  # fmt: skip
            attempt = Attempt(
                id=world.attempt, invitation_id=invitation.id, started_at=now, consented_at=now,
                consent_version=CONSENT_VERSION, preferences={},
            )  # fmt: skip
            own: dict[str, Any] = {"attempt_id": world.attempt, "question_id": questions[0], "kind": "video"}
            own |= {"limits": limits, "started_at": now, "recorder": RECORDER}
            a, b = (
                Take(id=world.a, number=1, **own),
                Take(id=world.b, number=2, stopped_at=now, complete_at=now, closed_at=now, **own),
            )
            session.add(invitation)
            session.flush()
            session.add(attempt)
            session.flush()
            session.add_all([a, b])
            session.flush()
            session.add_all([_upload(world.upload, world.a, None), _upload(new_id(), world.b, SIZE)])
            grant = {"kind": "retakes", "value": 1, "source": "policy", "given_at": now}
            session.add(Grant(id=world.grant, attempt_id=world.attempt, **grant))
            worlds.append(world)
    return worlds


def _upload(upload_id: str, take_id: str, length: int | None) -> Upload:
    upload = Upload(id=upload_id, take_id=take_id, segment=1, offset=SIZE, length=length, created_at=clock.now())
    upload.expires_at = clock.now() + timedelta(days=7)
    upload.parts = [UploadPart(start=0, size=SIZE, sha256="0" * 64, key=f"parts/{upload_id}")]
    return upload


class Page:
    """A browser page of this candidate, with its own connection."""

    def __init__(self, app: Flask, world: World):
        client = app.test_client()
        assert isinstance(client, CheckingClient)
        self.client, self.world = client, world
        with client.session_transaction() as session:
            session.update(attempt=world.attempt, id=world.session)
            session.permanent = True
        self.token = client.form_token()

    def post(self, address: str, **content: Any) -> TestResponse:
        """POST a form or JSON."""
        headers = {"X-CSRFToken": self.token, "Accept": "application/json, text/html;q=0.5"}
        return self.client.post(address, headers=headers, check=False, **content)

    def take(self, take: str, act: str, **body: Any) -> TestResponse:
        """Send a request to a route of a take."""
        return self.post(f"/interview/takes/{take}/{act}", json=body)

    def upload(self, method: str, address: str, body: bytes = b"", **headers: str) -> TestResponse:
        """Send a tus request."""
        named = {**VERSION, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.open(address, method=method, headers=named, data=body, check=False)


def _create(page: Page) -> TestResponse:
    named = {"take": page.world.a, "segment": "2", "session": "another", "recorder": RECORDER}
    header = ",".join(f"{name} {coded(value)}" for name, value in named.items())
    return page.upload("POST", "/uploads/", Upload_Defer_Length="1", Upload_Metadata=header)


def _part(page: Page) -> TestResponse:
    address = f"/uploads/{page.world.upload}"
    return page.upload("PATCH", address, MORE, Upload_Offset=str(SIZE), Content_Type=PART_TYPE)


def _stop(page: Page) -> TestResponse:
    segments = [{"segment": 1, "bytes": SIZE + len(MORE), "recorded_ms": 1000}]
    return page.take(page.world.a, "stop", recorded_ms=1000, segments=segments, recorder=RECORDER)


def _question(page: Page, place: int, what: str) -> str:
    return f"/interview/questions/{page.world.questions[place]}/{what}"


def _file(page: Page) -> TestResponse:
    return page.post(_question(page, 1, "file"), data={"file": (BytesIO(RECORDING), "answer.webm")})


def _ask(page: Page) -> TestResponse:
    wishes = dict.fromkeys(("recording_time", "thinking_time", "retakes", "deadline"), "")
    return page.post("/interview/accommodations", data={**wishes, "words": "please"})


REQUESTS: Mapping[str, Callable[[Page], TestResponse]] = {
    "start": lambda page: page.post(_question(page, 0, "takes"), json={"kind": "video", "recorder": "a-laptop"}),
    "create": _create,
    "part": _part,
    "head": lambda page: page.upload("HEAD", f"/uploads/{page.world.upload}"),
    "stop": _stop,
    "keep a": lambda page: page.take(page.world.a, "keep"),
    "keep b": lambda page: page.take(page.world.b, "keep"),
    "more time": lambda page: page.take(page.world.a, "more-time"),
    "submit": lambda page: page.post("/interview/submit", data={"unanswered": "1 2 3"}),
    "write": lambda page: page.post(_question(page, 1, "written"), data={"text": "words", "version": "0", "keep": "y"}),
    "file": _file,
    "ask": _ask,
    "give back": lambda page: page.post(f"/interview/accommodations/grants/{page.world.grant}/give-back"),
    "leave": lambda page: page.post("/interview/leave"),
    "takes": lambda page: page.client.get(_question(page, 0, "takes"), headers={"Accept": "application/json"}),
    "continue": lambda page: page.take(page.world.a, "continue", recorder="a-laptop"),
    "recover": lambda page: page.take(page.world.a, "recover", recorder="session-1"),
    "consent": lambda page: page.post("/interview/consent"),
}
PAIRS = list(itertools.combinations_with_replacement(REQUESTS, 2))


def facts(world: World) -> tuple[object, ...]:
    """Return the state of the database after the requests, without values that differ in each run."""
    db.session.rollback()
    takes = db.session.scalars(
        select(Take).where(Take.attempt_id == world.attempt).order_by(Take.question_id, Take.number)
        .options(selectinload(Take.uploads))
    ).all()  # fmt: skip
    numbers = {take.id: take.number for take in takes}
    answers = db.session.scalars(select(Answer).where(Answer.attempt_id == world.attempt)).all()
    attempt = db.session.get_one(Attempt, world.attempt)
    count = [
        len(db.session.scalars(select(row).where(row.attempt_id == world.attempt)).all())
        for row in (WrittenDraft, AccommodationRequest)
    ]
    return (
        [
            (take.question_id, take.number, take.recorder, take.recovery_of is not None, take.stopped_at is not None,
             take.complete_at is not None, take.is_whole, take.removed_at is not None,
             sorted((one.segment, one.offset, one.length) for one in take.uploads))
            for take in takes
        ],
        sorted((one.question_id, numbers.get(one.take_id or ""), one.text or "") for one in answers),
        attempt.submitted_at is not None,
        count,
        db.session.get_one(Grant, world.grant).ended_at is not None,
    )  # fmt: skip


def problem_of(answer: object) -> str | None:
    """Return a description of the problem with a response, or None."""
    if not isinstance(answer, TestResponse):
        return repr(answer)[:300]
    if answer.status_code >= 500 or "not available" in answer.text:
        return f"{answer.status_code} {answer.text[:200]}"
    return None


def prepare(app: Flask, world: World, name: str) -> Callable[[], TestResponse]:
    """Return a function that sends the request called `name` (a key of REQUESTS)."""
    return partial(REQUESTS[name], Page(app, world))


@pytest.mark.timeout(600 * ROUNDS)
def test_two_simultaneous_requests_give_the_result_of_one_order(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "enqueue", lambda *_: None)
    print(f"FAIRTAKE_TEST_SEED={SEED}")
    interview, problems = make_interview(any_order=True), []
    for number in range(ROUNDS):
        pairs = list(PAIRS)
        random.Random(SEED + number).shuffle(pairs)
        worlds = iter(make_worlds(interview, 3 * len(pairs)))
        for first, second in pairs:
            for problem in _problems(app, first, second, [next(worlds) for _ in range(3)]):
                print(f"{first} + {second}: {problem}")
                problems.append(f"{first} + {second}: {problem}")
    assert problems == [], f"FAIRTAKE_TEST_SEED={SEED}"


def _problems(app: Flask, first: str, second: str, worlds: list[World]) -> list[str]:
    problems, serial = [], []
    for world, order in zip(worlds[1:], [(first, second), (second, first)], strict=True):
        if first == second and serial:
            continue
        for name in order:
            act = prepare(app, world, name)
            db.session.rollback()
            problems.append(problem_of(act()))
        serial.append(facts(world))
    acts = [prepare(app, worlds[0], name) for name in (first, second)]
    db.session.remove()
    answers = at_once(app, acts)
    problems += [problem_of(answer) for answer in answers]
    found = facts(worlds[0])
    if found not in serial:
        problems.append(f"neither order gives {found}, but {serial}")
    return [problem for problem in problems if problem]
