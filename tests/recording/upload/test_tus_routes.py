"""The tus endpoint: its responses, and refusals that change nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app import clock, housekeeping
from app.accounts.models import Role
from app.config import Config
from app.extensions import db
from app.recording.models import Take, Upload
from app.recording.rules import HIGHEST_SEGMENT, OVER_ITS_LIMIT_MS
from app.recording.upload import incoming, segments, uploads
from app.recording.upload import routes as tus_routes
from app.request_guard import MAX_SEGMENT_LENGTH
from app.storage import LocalStorage, StorageUnavailableError
from app.transaction import transaction
from tests.factories import enter, make_attempt, make_take, make_user
from tests.factories import sign_in as sign_staff_in
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


@pytest.fixture
def take(app: Flask) -> Take:
    """A take that was just started."""
    return make_take(started_at=clock.now())


@pytest.fixture
def tus(client: CheckingClient, take: Take) -> Tus:
    """The candidate's tus client."""
    enter(client, take.attempt)
    return Tus(client)


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


def test_acknowledgement_of_a_part_does_not_renew_the_session(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    assert "Set-Cookie" not in tus.patch(address, 0, b"abc").headers


@pytest.mark.parametrize(("older", "status"), [(60, 409), (6, 409), (1, 204), (-60, 204), (None, 204)])
def test_stalled_request_writes_nothing_after_a_take_over(tus: Tus, take: Take, older: int | None, status: int) -> None:
    address = tus.begin(take)
    tus.patch(address, 0, b"abc")
    assert tus.head(address).status_code == 200
    arrived = {} if older is None else {"Fairtake_Arrived": str(clock.now().timestamp() - older)}
    answer = tus.patch(address, 3, b"de", **arrived)
    assert answer.status_code == status
    assert acknowledged(address) == (b"abc" if status == 409 else b"abcde")
    assert tus.patch(address, len(acknowledged(address)), b"f").status_code == 204, "what is sent after it"


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


def test_our_own_origin_is_welcome(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    assert tus.patch(address, 0, b"abc", Origin="http://localhost").status_code == 204


def test_a_finished_upload_takes_no_more_bytes(tus: Tus, take: Take) -> None:
    address = tus.begin(take, length=3)
    tus.patch(address, 0, b"abc")
    assert tus.patch(address, 3, b"d").status_code == 413
    assert acknowledged(address) == b"abc"


def test_an_error_is_json_for_who_asks_for_it(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    response = tus.patch(address, 5, b"abc", Accept="application/json")
    assert response.status_code == 409
    assert response.json is not None
    assert set(response.json) == {"error", "message", "kept", "next"}


def test_an_upload_over_the_limit_is_refused_when_it_is_announced_and_when_it_grows(
    app: Flask, tus: Tus, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limit(app, monkeypatch, 10)
    assert tus.create(take, length=11).status_code == 413
    address = tus.begin(take)
    assert tus.patch(address, 0, b"x" * 11).status_code == 413
    assert tus.patch(address, 0, b"x" * 8).status_code == 204
    assert tus.patch(address, 8, b"", Upload_Length=11).status_code == 413
    assert tus.patch(address, 8, b"xxx").status_code == 413
    assert acknowledged(address) == b"x" * 8


def test_the_limit_holds_for_all_uploads_of_a_take_together(
    app: Flask, tus: Tus, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limit(app, monkeypatch, 10)
    first, second = tus.begin(take), tus.begin(take)
    assert tus.patch(first, 0, b"x" * 6).status_code == 204
    assert tus.patch(second, 0, b"x" * 5).status_code == 413
    assert tus.patch(second, 0, b"x" * 4).status_code == 204
    assert tus.create(take, length=1).status_code == 413


def set_limit(app: Flask, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setitem(app.config, "FAIRTAKE", replace(app.config["FAIRTAKE"], upload_limit=limit))


@pytest.mark.parametrize("server", [{}, {"wsgi.input_terminated": True}], ids=["as a socket", "as a whole"])
def test_a_body_that_is_cut_is_never_acknowledged(tus: Tus, take: Take, server: dict[str, object]) -> None:
    """Some servers pass on a truncated body as if it were complete."""
    address = tus.begin(take, length=10)
    headers = {**VERSION, "Content-Type": PART_TYPE, "Upload-Offset": "0"}
    cut = {"CONTENT_LENGTH": "10", "wsgi.input": BytesIO(b"abc"), **server}
    response = tus.client.patch(address, headers=headers, environ_overrides=cut)
    assert response.status_code == 400
    assert acknowledged(address) == b""
    assert stored_keys() == set()


def test_a_body_without_a_length_is_taken_to_its_end_and_never_past_the_limit(tus: Tus, take: Take) -> None:
    address = tus.begin(take, length=4)
    headers = {**VERSION, "Content-Type": PART_TYPE, "Upload-Offset": "0"}
    for body, status in ((b"abcde", 413), (b"abcd", 204)):
        chunked = {
            "HTTP_TRANSFER_ENCODING": "chunked",
            "CONTENT_LENGTH": "",
            "wsgi.input": BytesIO(body),
            "wsgi.input_terminated": True,
        }
        assert tus.client.patch(address, headers=headers, environ_overrides=chunked).status_code == status
    assert acknowledged(address) == b"abcd"
    assert stored_keys() == known_keys()


def test_a_large_part_is_stored_in_pieces_of_bounded_size(
    tus: Tus, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "PIECE", 1000)
    body = bytes(range(256)) * 40
    address = tus.begin(take, length=len(body))
    response = tus.patch(address, 0, body, Upload_Checksum=checksum(body))
    assert (response.status_code, response.headers["Upload-Offset"]) == (204, str(len(body)))
    assert [part.size for part in upload_at(address).parts] == [1000] * 10 + [240]
    assert acknowledged(address) == body


def test_a_large_part_with_a_wrong_checksum_leaves_no_piece(
    tus: Tus, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "PIECE", 10)
    address = tus.begin(take)
    assert tus.patch(address, 0, b"x" * 35, Upload_Checksum=checksum(b"y" * 35)).status_code == 460
    assert (acknowledged(address), stored_keys()) == (b"", set())


def test_of_two_parts_at_one_place_one_wins_and_nothing_is_mixed(
    tus: Tus, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = tus.begin(take)
    store, answers = tus_routes.store_body, []

    def overtaken(*arguments: object, **named: object) -> object:
        received = store(*arguments, **named)  # type: ignore[arg-type]
        monkeypatch.setattr(tus_routes, "store_body", store)
        answers.append(tus.patch(address, 0, b"the other").status_code)
        return received

    monkeypatch.setattr(tus_routes, "store_body", overtaken)
    answers.append(tus.patch(address, 0, b"this").status_code)
    assert answers == [204, 409]
    assert acknowledged(address) == b"the other"
    assert stored_keys() == known_keys()


def test_storage_that_is_away_acknowledges_nothing(tus: Tus, take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    address = tus.begin(take)

    def away(*_: object) -> None:
        raise StorageUnavailableError("bucket")

    monkeypatch.setattr(LocalStorage, "put", away)
    response = tus.patch(address, 0, b"abc")
    assert response.status_code == 503
    monkeypatch.undo()
    assert (tus.head(address).headers["Upload-Offset"], stored_keys()) == ("0", set())
    assert tus.patch(address, 0, b"abc").status_code == 204


def test_a_disk_that_fails_in_the_middle_of_a_part_keeps_none_of_it(
    tus: Tus, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "PIECE", 2)
    address, put = tus.begin(take), LocalStorage.put

    def fails_at_third(storage: LocalStorage, key: str, content: bytes) -> None:
        if content == b"ef":
            raise StorageUnavailableError("full")
        put(storage, key, content)

    monkeypatch.setattr(LocalStorage, "put", fails_at_third)
    assert tus.patch(address, 0, b"abcdef").status_code == 503
    assert (acknowledged(address), stored_keys()) == (b"", set())


def test_a_database_that_is_away_acknowledges_nothing_and_keeps_what_may_have_been_committed(
    tus: Tus, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = tus.begin(take)

    def away(*_: object, **__: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("the line broke"))

    monkeypatch.setattr(uploads, "accept_part", away)
    response = tus.patch(address, 0, b"abc")
    assert (response.status_code, response.mimetype) == (503, "text/plain")
    assert b"Traceback" not in response.data
    monkeypatch.undo()
    assert len(stored_keys()) == 1
    assert tus.patch(address, 0, b"abc").status_code == 204
    housekeeping.remove_orphans(clock.now() + timedelta(days=2))
    assert stored_keys() == known_keys()


def test_a_broken_cookie_is_nobodys(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    tus.client.set_cookie("fairtake", "eyJhdHRlbXB0Ijoi.broken.cookie")
    assert tus.patch(address, 0, b"abc").status_code == 401
    assert acknowledged(address) == b""


def test_ending_an_upload_forgets_its_bytes_and_it_stays_gone(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    tus.patch(address, 0, b"abc")
    assert tus.delete(address).status_code == 204
    assert stored_keys() == set()
    assert tus.head(address).status_code == 410
    assert tus.patch(address, 3, b"d").status_code == 410
    assert tus.delete(address).status_code == 410


def test_bytes_of_an_answer_that_was_sent_are_not_deleted(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    tus.patch(address, 0, b"abc")
    with transaction() as session:
        session.get_one(Take, take.id).attempt.submitted_at = clock.now()
    override = {**VERSION, "X-HTTP-Method-Override": "DELETE"}
    assert tus.delete(address).status_code == tus.client.post(address, headers=override).status_code == 409
    assert acknowledged(address) == b"abc"
    assert tus.patch(address, 3, b"d").status_code == 204


def test_an_upload_that_was_left_for_too_long_is_gone(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    expire(address)
    assert tus.head(address).status_code == 410
    assert tus.patch(address, 0, b"a").status_code == 410


def test_an_upload_that_has_bytes_can_be_continued_however_late(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    tus.patch(address, 0, b"abc")
    expire(address)
    assert tus.head(address).headers["Upload-Offset"] == "3"
    assert tus.patch(address, 3, b"d").status_code == 204
    assert acknowledged(address) == b"abcd"


def expire(address: str) -> None:
    with transaction():
        db.session.get_one(Upload, address.rsplit("/", 1)[1]).expires_at = clock.now() - timedelta(seconds=1)


def test_a_finished_upload_does_not_expire(tus: Tus, take: Take) -> None:
    address = tus.begin(take, length=3)
    tus.patch(address, 0, b"abc")
    with transaction():
        db.session.get_one(Upload, address.rsplit("/", 1)[1]).expires_at = clock.now() - timedelta(days=1)
    assert tus.head(address).status_code == 200


def test_anothers_upload_and_none_at_all_get_the_same_answer(tus: Tus, client: CheckingClient, take: Take) -> None:
    address = tus.begin(take)
    tus.patch(address, 0, b"abc")
    stranger = Tus(client)
    enter(client, make_attempt())
    invented = "/uploads/" + "a" * 26
    for ask in (stranger.head, stranger.delete, lambda where: stranger.patch(where, 3, b"d")):
        theirs, nobodys = ask(address), ask(invented)
        assert (theirs.status_code, theirs.data, list(theirs.headers)) == (404, nobodys.data, list(nobodys.headers))
    assert stranger.create(take).status_code == 404
    assert stranger.create(None).status_code == 400
    assert acknowledged(address) == b"abc"


@pytest.mark.parametrize(
    "upload_id", ["../../etc/passwd", "%2e%2e%2f", "a" * 500, "A" * 26, "'; DROP TABLE upload; --"]
)
def test_a_hostile_id_is_no_upload(tus: Tus, upload_id: str) -> None:
    answer = tus.client.head(f"/uploads/{upload_id}", headers=VERSION, check=False)
    assert answer.status_code == (405 if len(upload_id) > MAX_SEGMENT_LENGTH else 404), "no id is as long as that"


def test_without_an_opened_invitation_nothing_is_taken(client: CheckingClient, take: Take) -> None:
    stranger = Tus(client)
    assert stranger.create(take).status_code == 401
    assert stranger.patch("/uploads/" + "a" * 26, 0, b"abc").status_code == 401
    sign_staff_in(client, make_user())
    assert stranger.create(take).status_code == 401
    sign_staff_in(client, make_user(Role.REVIEWER))
    assert stranger.create(take).status_code == 403


def test_a_cancelled_invitation_takes_nothing_more(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    with transaction() as session:
        session.get_one(Take, take.id).attempt.invitation.cancelled_at = clock.now()
    assert tus.patch(address, 0, b"abc").status_code == 410
    assert tus.create(take).status_code == 410


def test_a_creation_that_is_repeated_gives_the_same_upload(tus: Tus, take: Take) -> None:
    first = tus.begin(take, segment="1", session="random")
    tus.patch(first, 0, b"abc")
    assert tus.begin(take, segment="1", session="random") == first
    assert tus.create(take, segment="1", session="another").status_code == 409
    assert tus.begin(take, segment="2", session="another") != first


def test_ordinary_clients_get_the_next_segment(tus: Tus, take: Take) -> None:
    addresses = [tus.begin(take, filename="same") for _ in range(3)]
    assert [upload_at(address).segment for address in addresses] == [1, 2, 3]


@pytest.mark.parametrize(
    "segment", ["0", "-1", "one", "1.5", "9" * 12, "٣", "", "2001", "000001" + "0" * 20, "0" * 6 + "1"]
)
def test_a_segment_that_is_no_number_is_refused(tus: Tus, take: Take, segment: str) -> None:
    assert tus.create(take, segment=segment).status_code == 400


def test_the_number_of_uploads_of_a_take_is_bounded(tus: Tus, take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "MAX_SEGMENTS", 2)
    tus.begin(take)
    tus.begin(take)
    assert tus.create(take).status_code == 409


def test_after_the_highest_number_no_other_segment_begins(tus: Tus, take: Take) -> None:
    address = tus.begin(take, segment=str(HIGHEST_SEGMENT), recorder="one", session="one")
    assert upload_at(address).segment == HIGHEST_SEGMENT
    assert tus.create(take).status_code == 409
    assert tus.create(take, segment=str(HIGHEST_SEGMENT), recorder="one", session="two").status_code == 409
    assert tus.create(take, segment="1", recorder="one", session="three").status_code == 201


def test_a_number_announced_before_numbers_were_bounded_does_no_harm(tus: Tus, take: Take) -> None:
    with transaction() as session:
        stored = session.get_one(Take, take.id)
        stored.announced = [{"segment": 2**52, "bytes": 1, "recorded_ms": 0, "recorder": "one"}]
        stored.stopped_at = clock.now()
    tus.begin(take, segment="1", recorder="one", session="one")
    assert tus.create(take, segment="1", recorder="one", session="two").status_code == 409


def test_clients_that_can_only_post_say_what_they_mean(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    headers = {**VERSION, "X-HTTP-Method-Override": "PATCH", "Content-Type": PART_TYPE, "Upload-Offset": "0"}
    assert tus.client.post(address, data=b"abc", headers=headers).status_code == 204
    assert acknowledged(address) == b"abc"
    asked = tus.client.post(address, headers={**VERSION, "X-HTTP-Method-Override": "HEAD"})
    assert asked.headers["Upload-Offset"] == "3"
    assert tus.client.post(address, headers={**VERSION, "X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert tus.client.post(address, headers=VERSION).status_code == 405


def test_the_recorded_time_of_a_segment_is_kept_and_never_falls(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    tus.patch(address, 0, b"abc", Fairtake_Recorded_Ms=5000)
    tus.patch(address, 3, b"def", Fairtake_Recorded_Ms=4000)
    assert upload_at(address).recorded_ms == 5000


def test_the_limit_in_force_is_said_and_only_ever_lengthens(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    assert tus.head(address).headers["Fairtake-Recording-Seconds"] == "120"
    for given, said in ((60, "120"), (300, "300"), (None, "none")):
        with transaction() as session:
            session.get_one(Take, take.id).question.recording_seconds = given
        assert tus.head(address).headers["Fairtake-Recording-Seconds"] == said


def test_a_recording_that_is_longer_than_its_limit_is_kept_whole(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    hour = 3600 * 1000
    assert tus.patch(address, 0, b"x" * 1000, Fairtake_Recorded_Ms=hour).status_code == 204
    assert len(acknowledged(address)) == 1000


def test_past_its_limit_a_take_gets_no_other_part_until_it_is_given_more_time(tus: Tus, take: Take) -> None:
    first = tus.begin(take, segment="1", session="one")
    tus.patch(first, 0, b"abc", Fairtake_Recorded_Ms=120_000 + OVER_ITS_LIMIT_MS)
    second = tus.begin(take, segment="2", session="two")
    tus.patch(second, 0, b"def", Fairtake_Recorded_Ms=1)
    assert tus.create(take, segment="3", session="three").status_code == 409
    assert tus.patch(second, 3, b"ghi").status_code == 204, "what was begun is kept whole"
    with transaction() as session:
        session.get_one(Take, take.id).question.recording_seconds = 300
    assert tus.create(take, segment="3", session="three").status_code == 201


def test_no_cookie_of_ours_is_readable_and_no_answer_is_kept(tus: Tus, take: Take) -> None:
    response = tus.patch(tus.begin(take), 0, b"abc")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
