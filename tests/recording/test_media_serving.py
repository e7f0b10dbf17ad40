"""Recordings are served in byte ranges, with their actual content type, and only to people who may watch them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from werkzeug.test import TestResponse

from app.accounts.models import Role
from app.recording.models import Answer, Media
from app.storage import LocalStorage, Storage, get_storage
from app.transaction import transaction
from tests.answer_factories import add_media, make_answer
from tests.factories import NOON, enter, make_attempt, make_interview, make_take, make_user
from tests.factories import sign_in as sign_staff_in
from tests.page_check import CheckingClient

CONTENT = random.Random(7).randbytes(100_000)


class Bucket(LocalStorage):
    """A storage without local files, which counts the bytes that are read from it."""

    asked: int = 0

    def local_path(self, key: str) -> Path | None:
        """Return None, because the bytes are not on this machine."""
        return None

    def stream(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Count the bytes that are read."""
        for piece in super().stream(key, start, length):
            self.asked += len(piece)
            yield piece


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, app: Flask, tmp_path: Path) -> Storage:
    """A local storage and a bucket, so that each test runs with both."""
    if request.param == "bucket":
        app.extensions["storage"] = Bucket(tmp_path / "bucket")
    return get_storage()


@pytest.fixture
def media(storage: Storage, tmp_path: Path) -> Media:
    """The file of a take that its candidate has not sent yet."""
    return with_file(make_take().id, tmp_path)


def with_file(take_id: str, tmp_path: Path, **fields: Any) -> Media:
    recording = tmp_path / "recording"
    recording.write_bytes(CONTENT)
    return add_media(take_id, recording, **fields)


@pytest.fixture
def watcher(client: CheckingClient, media: Media) -> CheckingClient:
    """The browser of the take's candidate."""
    enter(client, media.take.attempt)
    return client


def fetch(client: CheckingClient, method: str, address: str, **headers: Any) -> TestResponse:
    """Send a request, read the whole response, and close it with the file behind it."""
    return client.open(address, method=method.upper(), buffered=True, **headers)


def address(media: Media) -> str:
    return f"/media/{media.take_id}"


def test_the_whole_file_comes_with_its_true_type_and_is_kept_nowhere(watcher: CheckingClient, media: Media) -> None:
    response = fetch(watcher, "get", address(media))
    assert (response.status_code, response.data) == (200, CONTENT)
    assert response.headers["Content-Type"] == "video/webm"
    assert response.headers["Content-Length"] == str(len(CONTENT))
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Content-Disposition"] == "inline; filename=question-1-take-1.webm"


@pytest.mark.parametrize(
    ("asked", "expected", "range_said"),
    [
        ("bytes=0-9", CONTENT[:10], "bytes 0-9/100000"),
        ("bytes=70000-", CONTENT[70000:], "bytes 70000-99999/100000"),
        ("bytes=65530-65545", CONTENT[65530:65546], "bytes 65530-65545/100000"),
        ("bytes=-7", CONTENT[-7:], "bytes 99993-99999/100000"),
        ("bytes=99999-99999", CONTENT[-1:], "bytes 99999-99999/100000"),
        ("bytes=99990-200000", CONTENT[99990:], "bytes 99990-99999/100000"),
    ],
    ids=["start", "to the end", "across pieces", "last seven", "last one", "past the end"],
)
def test_a_range_comes_as_it_was_asked_for(
    watcher: CheckingClient, media: Media, asked: str, expected: bytes, range_said: str
) -> None:
    response = fetch(watcher, "get", address(media), headers={"Range": asked})
    assert (response.status_code, response.data) == (206, expected)
    assert response.headers["Content-Range"] == range_said
    assert response.headers["Content-Length"] == str(len(expected))
    assert response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("asked", ["bytes=100000-", "bytes=500000-600000"])
def test_a_range_that_is_not_there_is_said_to_be_none(watcher: CheckingClient, media: Media, asked: str) -> None:
    response = fetch(watcher, "get", address(media), headers={"Range": asked})
    assert response.status_code == 416
    assert CONTENT[:100] not in response.data


def test_head_says_how_large_it_is(watcher: CheckingClient, media: Media) -> None:
    response = fetch(watcher, "head", address(media))
    assert (response.status_code, response.data, response.headers["Content-Length"]) == (200, b"", "100000")


def test_a_player_that_has_it_is_told_so(watcher: CheckingClient, media: Media) -> None:
    tag = fetch(watcher, "get", address(media)).headers["ETag"]
    assert fetch(watcher, "get", address(media), headers={"If-None-Match": tag}).status_code == 304
    stale = fetch(watcher, "get", address(media), headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert (stale.status_code, len(stale.data)) == (200, len(CONTENT))


def test_a_far_range_is_not_read_up_to(app: Flask, client: CheckingClient, tmp_path: Path) -> None:
    bucket = app.extensions["storage"] = Bucket(tmp_path / "bucket")
    media = with_file(make_take().id, tmp_path)
    enter(client, media.take.attempt)
    assert fetch(client, "get", address(media), headers={"Range": "bytes=99990-"}).data == CONTENT[99990:]
    assert bucket.asked <= 10


def test_audio_alone_is_audio(client: CheckingClient, app: Flask, tmp_path: Path) -> None:
    media = with_file(make_take().id, tmp_path, content_type="audio/ogg", key="takes/a/media.ogg", has_video=False)
    get_storage().put("takes/a/media.ogg", CONTENT)
    enter(client, media.take.attempt)
    response = fetch(client, "get", address(media))
    assert response.headers["Content-Type"] == "audio/ogg"
    assert response.headers["Content-Disposition"] == "inline; filename=question-1-take-1.ogg"


def test_a_file_that_storage_has_lost_is_not_found(watcher: CheckingClient, media: Media) -> None:
    get_storage().delete(media.key)
    assert fetch(watcher, "get", address(media)).status_code == 404


def test_a_take_without_a_file_is_not_found(client: CheckingClient, app: Flask) -> None:
    take = make_take()
    enter(client, take.attempt)
    assert fetch(client, "get", f"/media/{take.id}").status_code == 404


def test_a_removed_take_is_not_found(watcher: CheckingClient, media: Media) -> None:
    with transaction() as session:
        session.get_one(Media, media.id).take.removed_at = NOON
    assert fetch(watcher, "get", address(media)).status_code == 404


# Access to a recording


def make_sent_answer(tmp_path: Path, *, assigned: bool = True) -> tuple[Answer, Any]:
    """Return a sent answer and a reviewer."""
    reviewer = make_user(Role.REVIEWER)
    interview = make_interview(reviewers=[reviewer] if assigned else [])
    answer = make_answer(make_attempt(interview, submitted_at=NOON))
    assert answer.take_id
    with_file(answer.take_id, tmp_path)
    return answer, reviewer


def test_a_reviewer_watches_a_sent_answer_of_an_assigned_interview(
    client: CheckingClient, app: Flask, tmp_path: Path
) -> None:
    answer, reviewer = make_sent_answer(tmp_path)
    sign_staff_in(client, reviewer)
    response = fetch(client, "get", f"/media/{answer.take_id}", headers={"Range": "bytes=5-9"})
    assert (response.status_code, response.data) == (206, CONTENT[5:10])


def unsend(answer: Answer) -> None:
    answer.attempt.submitted_at = None


def unchoose(answer: Answer) -> None:
    answer.take_id, answer.text = None, "typed instead"


def remove(answer: Answer) -> None:
    assert answer.take
    answer.take.removed_at = NOON


@pytest.mark.parametrize("happens", [unsend, unchoose, remove])
def test_a_reviewer_does_not_see_what_was_not_sent_not_chosen_or_removed(
    client: CheckingClient, app: Flask, tmp_path: Path, happens: Callable[[Answer], None]
) -> None:
    answer, reviewer = make_sent_answer(tmp_path)
    take_id = answer.take_id
    with transaction() as session:
        happens(session.get_one(Answer, answer.id))
    sign_staff_in(client, reviewer)
    assert fetch(client, "get", f"/media/{take_id}").status_code == 404


def test_a_reviewer_of_another_interview_finds_nothing(client: CheckingClient, app: Flask, tmp_path: Path) -> None:
    answer, reviewer = make_sent_answer(tmp_path, assigned=False)
    sign_staff_in(client, reviewer)
    theirs, nobodys = fetch(client, "get", f"/media/{answer.take_id}"), client.get("/media/" + "a" * 26)
    assert (theirs.status_code, nobodys.status_code) == (404, 404)


@pytest.mark.parametrize(
    ("role", "status"), [(Role.COORDINATOR, 404), (Role.COMPLIANCE, 403), (Role.ADMINISTRATOR, 403)]
)
def test_other_staff_do_not_watch_answers(
    client: CheckingClient, app: Flask, tmp_path: Path, role: Role, status: int
) -> None:
    """Coordinators may only watch answers whose captions they have to make, so they get a 404 instead of a 403."""
    answer, _reviewer = make_sent_answer(tmp_path)
    sign_staff_in(client, make_user(role))
    assert fetch(client, "get", f"/media/{answer.take_id}").status_code == status


def test_another_candidate_and_a_stranger_find_nothing(client: CheckingClient, app: Flask, tmp_path: Path) -> None:
    media = with_file(make_take().id, tmp_path)
    assert fetch(client, "get", address(media)).status_code == 401
    enter(client, make_attempt())
    theirs, nobodys = fetch(client, "get", address(media)), client.get("/media/" + "a" * 26)
    assert theirs.status_code == nobodys.status_code == 404
    said = [BeautifulSoup(found.data, "html.parser").get_text() for found in (theirs, nobodys)]
    assert said[0] == said[1]  # the pages differ only in the form token, which contains the time
    head = fetch(client, "head", address(media))
    assert (head.status_code, "Accept-Ranges" in head.headers) == (404, False)


def give_originals(media: Media) -> None:
    for number, suffix in enumerate((".webm", ".mp4")):
        get_storage().put(f"takes/{media.take_id}/lease/original-{number}{suffix}", b"as it was %d" % number)
    with transaction() as session:
        kept = session.get_one(Media, media.id)
        kept.original_keys = [f"takes/{media.take_id}/lease/original-{n}{s}" for n, s in enumerate((".webm", ".mp4"))]


def test_the_original_recording_can_be_downloaded_beside_the_encoded_one(watcher: CheckingClient, media: Media) -> None:
    give_originals(media)
    first, second = (fetch(watcher, "get", f"/media/{media.take_id}/original/{number}") for number in (1, 2))
    assert (first.data, second.data) == (b"as it was 0", b"as it was 1")
    assert (first.mimetype, second.mimetype) == ("video/webm", "video/mp4")
    assert second.headers["Content-Disposition"].startswith("attachment")
    for number in (0, 3, 10**30):
        assert fetch(watcher, "get", f"/media/{media.take_id}/original/{number}").status_code == 404


def test_an_original_is_as_closed_as_the_recording(client: CheckingClient, media: Media) -> None:
    give_originals(media)
    enter(client, make_attempt())
    assert fetch(client, "get", f"/media/{media.take_id}/original/1").status_code == 404


@pytest.mark.parametrize(("blind", "status"), [("off", 200), ("voice", 404), ("text", 404)])
def test_blind_review_keeps_an_original_back(client: CheckingClient, tmp_path: Path, blind: str, status: int) -> None:
    reviewer = make_user(Role.REVIEWER)
    interview = make_interview(blind=blind, reviewers=[reviewer])
    answer = make_answer(make_attempt(interview, submitted_at=NOON))
    assert answer.take_id
    give_originals(with_file(answer.take_id, tmp_path))
    sign_staff_in(client, reviewer)
    assert fetch(client, "get", f"/media/{answer.take_id}/original/1").status_code == status


def test_the_keys_of_a_recording_include_its_originals(media: Media) -> None:
    give_originals(media)
    assert {f"takes/{media.take_id}/lease/original-0.webm"} < set(media.keys)
