"""The tus endpoint: uploads are created, parts are appended and acknowledged, and a refused request changes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from sqlalchemy import select, update

from app import clock
from app.config import Config
from app.extensions import db
from app.recording.models import Take, Upload
from app.transaction import transaction
from tests.page_check import CheckingClient
from tests.recording.uploading import (
    PART_TYPE,
    VERSION,
    Tus,
    acknowledged,
    checksum,
    coded,
    known_keys,
    stored_keys,
    upload_at,
)


def test_options_says_what_is_offered_to_anyone(client: CheckingClient, config: Config) -> None:
    response = client.options("/uploads/")
    assert response.status_code == 204
    assert response.headers["Tus-Version"] == "1.0.0"
    assert response.headers["Tus-Max-Size"] == str(config.upload_limit)
    assert response.headers["Tus-Extension"] == "creation,creation-defer-length,checksum,termination,expiration"
    assert response.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"


def test_an_upload_begins_empty_and_says_when_it_expires(tus: Tus, take: Take, config: Config) -> None:
    created = tus.create(take, length=10, filename="answer.webm")
    assert (created.status_code, created.headers["Tus-Resumable"]) == (201, "1.0.0")
    state = tus.head(created.headers["Location"])
    assert (state.status_code, state.headers["Upload-Offset"], state.headers["Upload-Length"]) == (200, "0", "10")
    assert state.headers["Cache-Control"] == "no-store"
    assert state.headers["Upload-Metadata"] == f"take {coded(take.id)},filename {coded('answer.webm')}"
    expires = parsedate_to_datetime(state.headers["Upload-Expires"])
    assert abs(expires - clock.now() - timedelta(hours=config.upload_expiry_hours)) < timedelta(minutes=1)


def test_no_answer_to_an_upload_renews_the_session(tus: Tus, take: Take) -> None:
    created = tus.create(take)
    address = str(created.headers["Location"])
    answers = [
        created,
        tus.head(address),
        tus.patch(address, 0, b"abc"),
        tus.patch(address, 9, b"x"),
        tus.delete(address),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 204, 409, 204]
    assert [answer.headers.getlist("Set-Cookie") for answer in answers] == [[]] * 5


@pytest.mark.parametrize(
    ("older", "status", "machine"),
    [
        (60, 409, "this"),
        (1, 409, "this"),
        (0.05, 409, "this"),
        (-60, 204, "this"),
        (None, 204, "this"),
        (6, 409, "other"),
        (1, 204, "other"),
    ],
)
def test_stalled_request_writes_nothing_after_a_take_over(
    tus: Tus, take: Take, older: float | None, status: int, machine: str
) -> None:
    """The clock of another machine may differ a little, so a request is refused there only if it is clearly older."""
    address = tus.begin(take)
    tus.patch(address, 0, b"abc")
    assert tus.head(address).status_code == 200
    if machine == "other":
        with transaction() as session:
            session.execute(update(Upload).values(taken_over_on="other"))
    arrived = {} if older is None else {"Fairtake_Arrived": str(taken_over_at().timestamp() - older)}
    answer = tus.patch(address, 3, b"de", **arrived)
    assert answer.status_code == status
    assert acknowledged(address) == (b"abc" if status == 409 else b"abcde")
    assert tus.patch(address, len(acknowledged(address)), b"f").status_code == 204, "what is sent after it"


def taken_over_at() -> datetime:
    db.session.rollback()
    moment = db.session.scalar(select(Upload.taken_over_at))
    assert moment is not None
    return moment


@pytest.mark.parametrize("arrived", ["x", "nan", "inf", "1e400", "-1e30", ""])
def test_arrival_that_is_no_time_is_ignored(tus: Tus, take: Take, arrived: str) -> None:
    address = tus.begin(take)
    tus.head(address)
    assert tus.patch(address, 0, b"abc", Fairtake_Arrived=arrived).status_code == 204


def test_parts_are_appended_and_acknowledged_byte_for_byte(tus: Tus, take: Take) -> None:
    address = tus.begin(take, length=11)
    first = tus.patch(address, 0, b"hello ", Upload_Checksum=checksum(b"hello "))
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "6")
    assert "Upload-Expires" in first.headers
    last = tus.patch(address, 6, b"world", Upload_Checksum=checksum(b"world", "sha1"))
    assert (last.status_code, last.headers["Upload-Offset"]) == (204, "11")
    assert "Upload-Expires" not in last.headers
    assert acknowledged(address) == b"hello world"


def test_a_deferred_length_is_declared_with_a_later_part(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    assert tus.head(address).headers["Upload-Defer-Length"] == "1"
    assert tus.patch(address, 0, b"abc").status_code == 204
    assert tus.patch(address, 3, b"de", Upload_Length=5).status_code == 204
    state = tus.head(address)
    assert (state.headers["Upload-Offset"], state.headers["Upload-Length"]) == ("5", "5")
    assert "Upload-Defer-Length" not in state.headers


def test_a_part_without_bytes_declares_the_end_and_may_be_repeated(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    assert tus.patch(address, 0, b"abc").status_code == 204
    for _ in range(2):
        response = tus.patch(address, 3, b"", Upload_Length=3, Upload_Checksum=checksum(b""))
        assert (response.status_code, response.headers["Upload-Offset"]) == (204, "3")
    assert upload_at(address).is_finished
    assert acknowledged(address) == b"abc"


@pytest.mark.parametrize(
    ("offset", "body", "headers", "status"),
    [
        (2, b"xyz", {}, 409),
        (4, b"xyz", {}, 409),
        (0, b"abc", {}, 409),
        (3, b"xyz", {"Upload_Checksum": checksum(b"abc")}, 460),
        (3, b"xyz", {"Upload_Checksum": "crc32 AAAAAA=="}, 400),
        (3, b"xyz", {"Upload_Checksum": "sha256 not-base64"}, 400),
        (3, b"xyz", {"Content_Type": "application/octet-stream"}, 415),
        (3, b"xyz", {"Upload_Offset": "three"}, 400),
        (3, b"x" * 8, {}, 413),
        (3, b"xyz", {"Upload_Length": 11}, 400),
        (3, b"xyz", {"Tus_Resumable": "0.2.0"}, 412),
        (3, b"xyz", {"Origin": "https://elsewhere.example"}, 403),
        (3, b"xyz", {"Origin": "null"}, 403),
    ],
)
def test_a_refused_part_changes_nothing(
    tus: Tus, take: Take, offset: int, body: bytes, headers: dict[str, str], status: int
) -> None:
    address = tus.begin(take, length=10)
    tus.patch(address, 0, b"abc")
    response = tus.patch(address, offset, body, **headers)
    assert response.status_code == status
    assert response.headers["Tus-Resumable"] == "1.0.0"
    assert response.mimetype == "text/plain"
    assert acknowledged(address) == b"abc"
    assert stored_keys() == known_keys()


def test_another_version_is_told_which_one_is_spoken(tus: Tus, take: Take) -> None:
    response = tus.client.post("/uploads/", headers={"Tus-Resumable": "0.2.2", "Upload-Length": "3"})
    assert (response.status_code, response.headers["Tus-Version"]) == (412, "1.0.0")
    assert tus.client.post("/uploads/", headers={"Upload-Length": "3"}).status_code == 412


def test_requests_of_this_site_are_accepted(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    assert tus.patch(address, 0, b"abc", Origin="http://localhost").status_code == 204


def test_a_finished_upload_takes_no_more_bytes(tus: Tus, take: Take) -> None:
    address = tus.begin(take, length=3)
    tus.patch(address, 0, b"abc")
    assert tus.patch(address, 3, b"d").status_code == 413
    assert acknowledged(address) == b"abc"


def test_error_is_json_if_the_client_accepts_json(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    response = tus.patch(address, 5, b"abc", Accept="application/json")
    assert response.status_code == 409
    assert response.json is not None
    assert set(response.json) == {"error", "message", "kept", "next"}


def test_a_request_with_a_broken_cookie_is_not_authorised(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    tus.client.set_cookie("fairtake", "eyJhdHRlbXB0Ijoi.broken.cookie")
    assert tus.patch(address, 0, b"abc").status_code == 401
    assert acknowledged(address) == b""


def test_clients_that_can_only_post_say_what_they_mean(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    headers = {**VERSION, "X-HTTP-Method-Override": "PATCH", "Content-Type": PART_TYPE, "Upload-Offset": "0"}
    assert tus.client.post(address, data=b"abc", headers=headers).status_code == 204
    assert acknowledged(address) == b"abc"
    asked = tus.client.post(address, headers={**VERSION, "X-HTTP-Method-Override": "HEAD"})
    assert asked.headers["Upload-Offset"] == "3"
    assert tus.client.post(address, headers={**VERSION, "X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert tus.client.post(address, headers=VERSION).status_code == 405


def test_upload_responses_are_neither_cached_nor_sniffed(tus: Tus, take: Take) -> None:
    response = tus.patch(tus.begin(take), 0, b"abc")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
