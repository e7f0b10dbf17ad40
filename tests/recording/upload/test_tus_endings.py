"""The owner of an upload, and ways in which an upload ends: deletion, expiry, or cancelling of the invitation."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import clock
from app.accounts.models import Role
from app.extensions import db
from app.recording.models import Take, Upload
from app.request_guard import MAX_SEGMENT_LENGTH
from app.transaction import transaction
from tests.factories import enter, make_attempt, make_user
from tests.factories import sign_in as sign_staff_in
from tests.page_check import CheckingClient
from tests.recording.uploading import (
    VERSION,
    Tus,
    acknowledged,
    stored_keys,
)


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


def test_upload_with_bytes_can_be_continued_at_any_time(tus: Tus, take: Take) -> None:
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


def test_upload_of_another_candidate_and_missing_upload_get_the_same_response(
    tus: Tus, client: CheckingClient, take: Take
) -> None:
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
