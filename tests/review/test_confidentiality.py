"""Reviewers cannot find out about accommodations: candidates who differ only in them give the same responses.

There are two equal interviews, each with one candidate and one reviewer. The first candidate had the standard. The
second had three times the recording time and more retakes, used both, pressed "More time", had a later deadline, and
waited for a decision; so they began, recorded and sent days later. Responses are compared in full: status, headers and
body, both as pages and as HTMX partials.

Both answers have the same length. The length of a recording cannot be hidden: a recording longer than the question's
standard time reveals that more time was granted. Reviewers need the recording, and docs/compliance.md says so.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.accommodations import services as accommodations
from app.accommodations.models import Source
from app.accommodations.rules import Given, Kind
from app.accounts.access import permission_of
from app.accounts.models import Role, StaffUser
from app.accounts.permissions import Principal, is_allowed
from app.audit import Actor
from app.captions.models import CaptionTrack
from app.interviews.models import Attempt, Invitation
from app.recording.models import Answer, Media, StageRun, Take
from app.review.models import Note, RubricLevel
from app.sealing import get_sealer
from app.storage import get_storage
from app.transaction import transaction
from tests.answer_factories import make_answer, make_captioned_answer
from tests.factories import NOON, make_attempt, make_interview, make_take, make_user, sign_in
from tests.page_check import CheckingClient

REVIEWER = Principal(frozenset({"reviewer"}))
LATER = timedelta(days=5, hours=3, minutes=17, seconds=41)
PASSING = {"Date", "Set-Cookie", "Content-Length", "ETag"}
"""Headers that contain the time, a session or a random id, or depend on the length of random ids in the body."""
FORMS: dict[str, dict[str, str]] = {
    "scores.save_score": {"do": "save", "level": "1", "comment": "Clear."},
    "scores.add_note": {"at": "0:01", "text": "Here."},
}
QUERIES: dict[str, list[str]] = {
    "review.answer": ["", "?t=3000&q=visitors", "?watch=sound", "?watch=text"],
    "review.search": ["?q=visitors", "?q=nothing+like+it", "?q=%22"],
    "recording.media": ["", "?only=sound"],
}
HTMX = {"HX-Request": "true"}
NOT_COMPARED = {"accounts.sign_out"}
"""The route that signs out is not compared, because the other requests need the session."""


@dataclass
class World:
    """One interview with its only candidate and its reviewer. `values` holds the ids for addresses."""

    reviewer: StaffUser
    values: dict[str, Any] = field(default_factory=dict)


def make_world(*, has_accommodations: bool) -> World:
    reviewer = make_user(Role.REVIEWER, name="Rae Reviewer")
    interview = make_interview(title="Night porter", reviewers=[reviewer], deadline_at=NOON + timedelta(days=1))
    attempt = make_attempt(interview, submitted_at=NOON)
    answer = make_captioned_answer("Visitors came at night", "and I let them in", attempt=attempt)
    make_answer(attempt, interview.questions[1], text="I would call the visitors back.")
    take = answer.take_id
    with transaction() as session:
        invitation = session.get_one(Invitation, attempt.invitation_id)
        invitation.candidate_name = "Ada Osei"
        invitation.reference = "K7PX2W"  # the product draws the reference at random
        session.add(RubricLevel(question_id=answer.question_id, position=1, name="Clear"))
        note = Note(answer_id=answer.id, reviewer_id=reviewer.id, at_ms=5, text="Mine", created_at=NOON)
        session.add(note)
        session.flush()
        note_id = note.id
        sound = f"takes/{take}/sound.webm"
        get_storage().put(sound, b"Its sound alone")
        original = f"takes/{take}/original.webm"
        get_storage().put(original, b"As it was recorded")
        session.execute(update(Media).where(Media.take_id == take).values(sound_key=sound, original_keys=[original]))
    if has_accommodations:
        give_everything(attempt, str(take))
    values = {"interview_id": interview.id, "question_id": answer.question_id, "answer_id": answer.id,
              "take_id": take, "note_id": note_id, "number": 1}  # fmt: skip
    return World(reviewer, values)


def give_everything(attempt: Attempt, take_id: str) -> None:
    """Give this candidate accommodations of several kinds, which they use, and make all their actions happen later."""
    limits = {"recording_seconds": 360, "thinking_seconds": None, "retakes": 7}
    moments = {"started_at": NOON + LATER, "stopped_at": NOON + LATER, "complete_at": NOON + LATER}
    for number in (1, 2, 3):
        make_take(attempt, number=number + 10, removed_at=NOON, limits=limits)
    with transaction() as session:
        found = session.get_one(Attempt, attempt.id)
        found.submitted_at = None
        wishes = [Given(Kind.RETAKES, 7), Given(Kind.DEADLINE, 9)]
        accommodations.ask(session, found, wishes, "I am blind.", sealer=get_sealer(), now=NOON)
        for given in (Given(Kind.RECORDING_TIME, 300), Given(Kind.THINKING_TIME), *wishes):
            accommodations.give(session, found, given, source=Source.DECISION, actor=Actor("staff", "s"), now=NOON)
        found.submitted_at, found.started_at, found.deadline_at = NOON + LATER, NOON + LATER / 2, NOON + 2 * LATER
        session.execute(
            update(Take).where(Take.id == take_id).values(number=4, more_time_presses=9, limits=limits, **moments)
        )
        session.execute(update(Media).where(Media.take_id == take_id).values(created_at=NOON + LATER))
        session.execute(update(CaptionTrack).where(CaptionTrack.take_id == take_id).values(created_at=NOON + LATER))
        session.execute(update(StageRun).where(StageRun.take_id == take_id).values(updated_at=NOON + LATER))
        session.execute(update(Answer).where(Answer.attempt_id == attempt.id).values(chosen_at=NOON + LATER))
    path = get_storage().local_path(f"takes/{take_id}/media.webm")
    assert isinstance(path, Path)
    os.utime(path, (0, (NOON + LATER).timestamp()))


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Yield every route and method that a reviewer may use and a signed-out person may not."""
    for rule in app.url_map.iter_rules():
        permission = permission_of(app.view_functions[rule.endpoint])
        if permission and is_allowed(REVIEWER, permission) and not is_allowed(Principal(), permission):
            yield from ((rule, method) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))


def asked(app: Flask, world: World) -> dict[str, tuple[Any, ...]]:
    """Request every route about this world's candidate, reads before writes.

    Return the responses without random parts.
    """
    client = app.test_client()
    assert isinstance(client, CheckingClient)
    sign_in(client, world.reviewer)
    found: dict[str, tuple[Any, ...]] = {}
    for rule, method in sorted(routes(app), key=lambda pair: (pair[1] != "GET", str(pair[0]))):
        if rule.endpoint in NOT_COMPARED:
            continue
        known = {**world.values, **(rule.defaults or {})}
        with app.test_request_context():
            address = app.url_for(rule.endpoint, **{name: known[name] for name in rule.arguments})
        for query in QUERIES.get(rule.endpoint, [""]):
            form = FORMS.get(rule.endpoint, {})
            if method == "GET":
                found[f"HTMX {rule}{query}"] = plain(client.get(address + query, headers=HTMX, check=False))
            answer = client.get(address + query) if method == "GET" else client.submit(address + query, form)
            assert answer.status_code not in (404, 500), f"{method} {address}{query}: {answer.status_code}"
            found[f"{method} {rule}{query}"] = plain(answer)
    return found


def plain(answer: TestResponse) -> tuple[Any, ...]:
    """Return status, headers and body, with each random id replaced by the number of its first occurrence."""
    names: dict[str, str] = {}

    def name(match: re.Match[str]) -> str:
        return names.setdefault(match[0], f"id-{len(names) + 1}")

    def without_ids(text: str) -> str:
        text = re.sub(r"\bI[\w-]{40,}\.[\w-]+\.[\w-]+", "token", text)  # a form token
        return re.sub(r"\b[a-z2-7]{26}\b", name, text)

    headers = {key: without_ids(value) for key, value in answer.headers if key not in PASSING}
    body = answer.data.decode("utf-8", "surrogateescape")
    answer.close()
    return answer.status_code, headers, without_ids(body)


def difference(one: tuple[Any, ...], other: tuple[Any, ...]) -> list[str]:
    """Return the lines in which two responses differ, for the failure message."""
    lines = [[str(answer[0]), *map(str, answer[1].items()), *answer[2].splitlines()] for answer in (one, other)]
    return [line for line in unified_diff(*lines, n=0, lineterm="") if not line.startswith(("---", "+++", "@@"))]


@pytest.fixture
def answers(app: Flask) -> tuple[dict[str, tuple[Any, ...]], dict[str, tuple[Any, ...]]]:
    """The responses about the candidate with the standard, and about the candidate with accommodations."""
    worlds = make_world(has_accommodations=False), make_world(has_accommodations=True)
    return asked(app, worlds[0]), asked(app, worlds[1])


def test_no_route_of_a_reviewer_reveals_accommodations(
    answers: tuple[dict[str, tuple[Any, ...]], dict[str, tuple[Any, ...]]],
) -> None:
    standard, other = answers
    assert len(standard) > 20
    assert list(standard) == list(other)
    assert {
        route: difference(standard[route], other[route]) for route in standard if standard[route] != other[route]
    } == {}


def test_compared_responses_are_not_refusals(
    answers: tuple[dict[str, tuple[Any, ...]], dict[str, tuple[Any, ...]]],
) -> None:
    standard, _other = answers
    refused = {route: answer[0] for route, answer in standard.items() if route.startswith("GET") and answer[0] >= 400}
    assert refused == {}
    assert standard["GET /media/<take_id>?only=sound"][2] == "Its sound alone"
    assert any(standard[route] != standard[route.replace("HTMX", "GET")] for route in standard if route[:4] == "HTMX")


def test_no_line_of_the_log_reveals_accommodations(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    worlds = make_world(has_accommodations=False), make_world(has_accommodations=True)
    said: list[list[tuple[str, int, str]]] = []
    for world in worlds:
        caplog.clear()
        asked(app, world)
        logging.getLogger("app").info("The end of what was asked about %s", world.reviewer.id)
        said.append([(r.name, r.levelno, re.sub(r"\b[a-z2-7]{26}\b", "id", r.getMessage())) for r in caplog.records])
    assert said[0][-1][2] == "The end of what was asked about id"
    assert said[0] == said[1]
