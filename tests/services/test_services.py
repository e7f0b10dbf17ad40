"""Two web processes and two workers share PostgreSQL, Redis and a bucket. One of each is killed in the middle."""

from __future__ import annotations

import os
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from random import Random

import obstore
import pytest
from obstore.store import S3Store
from sqlalchemy import select

from app.extensions import db
from app.recording.models import Media, Take
from app.storage import get_storage, read
from tests.faults import checks
from tests.faults.candidates import Candidate, request
from tests.faults.installation import BUCKET, Installation, installed, new_folder
from tests.faults.rounds import candidates_of
from tests.waiting import wait_until
from tools.swift_server import KEY, REGION, SECRET, is_installed

pytestmark = [pytest.mark.services, pytest.mark.redis, pytest.mark.database_independent, pytest.mark.timeout(1500)]
SEED = 15


@pytest.fixture(scope="module")
def place() -> Iterator[Installation]:
    """A running installation."""
    if not is_installed():
        pytest.skip("OpenStack Swift is not installed: make swift")
    with new_folder() as folder, installed(folder, Random(SEED), is_large=True) as place:
        wait_until(lambda: len(place.web_processes()) == 2 and len(place.worker_processes()) == 2, "all processes run")
        yield place


@pytest.fixture(scope="module")
def recorded(place: Installation) -> list[Candidate]:
    """Candidates who have recorded, while a process of each kind was killed."""
    candidates = candidates_of(place, Random(SEED))
    for each in candidates:
        each.start()
    wait_until(lambda: any(each.answer.acknowledged for each in candidates), "a part is acknowledged")
    os.kill(place.web_processes()[0], signal.SIGKILL)
    wait_until(lambda: _stages_have_begun(candidates), "a worker has begun")
    os.kill(place.worker_processes()[0], signal.SIGKILL)
    for each in candidates:
        each.join()
        assert each.problem is None
    return candidates


def _stages_have_begun(candidates: list[Candidate]) -> bool:
    db.session.rollback()
    takes = db.session.scalars(select(Take).where(Take.id.in_([each.answer.take_id for each in candidates])))
    return any(take.complete_at is not None for take in takes)


def test_every_answer_is_captioned_once_and_nothing_is_lost(place: Installation, recorded: list[Candidate]) -> None:
    answers = [each.answer for each in recorded]
    assert checks.all_problems(place, answers) == []
    assert checks.failed_takes(answers) == {}


def test_every_web_process_serves_ranges_from_the_bucket(place: Installation, recorded: list[Candidate]) -> None:
    checks.all_problems(place, [each.answer for each in recorded])
    candidate = recorded[0]
    take = db.session.get_one(Take, candidate.answer.take_id)
    assert take.media is not None
    whole = read(get_storage(), take.media.key)
    headers = {**candidate.browser.headers(), "Accept": "*/*", "Range": "bytes=1000-4999"}
    for _ in range(8):  # each is a new connection, so both processes get some
        status, body, got = request(place.port, "GET", f"/media/{take.id}", headers)
        assert (status, body, got["Content-Range"]) == (206, whole[1000:5000], f"bytes 1000-4999/{len(whole)}")


def test_recordings_are_not_readable_without_the_keys_of_the_bucket(
    place: Installation, recorded: list[Candidate]
) -> None:
    assert place.line is not None
    key = db.session.scalars(select(Media)).first()
    assert key is not None
    address = f"http://127.0.0.1:{place.line.port}"
    options = {"endpoint": address, "access_key_id": KEY, "region": REGION, "client_options": {"allow_http": True}}
    path = f"installation/{key.key}"
    for secret, expected in ((SECRET, 200), ("another", 403)):
        store = S3Store(BUCKET, secret_access_key=secret, **options)
        assert _status_of(obstore.sign(store, "GET", path, timedelta(hours=1))) == expected
    assert _status_of(f"{address}/{BUCKET}/{path}") >= 400


def _status_of(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as problem:
        return problem.code
