"""Bodies of parts: truncated, without a length, large, sent twice to the same offset, or sent while a service fails."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy.exc import OperationalError

from app import clock, housekeeping
from app.recording.models import Take
from app.recording.upload import incoming, part_writer, uploads
from app.storage import Flush, LocalStorage, StorageUnavailableError
from tests.recording.uploading import (
    PART_TYPE,
    VERSION,
    Tus,
    acknowledged,
    checksum,
    known_keys,
    stored_keys,
    upload_at,
)


@pytest.mark.parametrize("server", [{}, {"wsgi.input_terminated": True}], ids=["as a socket", "as a whole"])
def test_a_body_that_is_cut_is_never_acknowledged(tus: Tus, take: Take, server: dict[str, object]) -> None:
    """Some web servers pass on a truncated body as if it were complete."""
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


def test_one_of_two_parts_at_the_same_offset_is_stored(tus: Tus, take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    address = tus.begin(take)
    create, answers = LocalStorage.create, []

    def overtaken(storage: LocalStorage, key: str, content: bytes) -> Flush:
        flush = create(storage, key, content)
        monkeypatch.setattr(LocalStorage, "create", create)
        answers.append(tus.patch(address, 0, b"the other").status_code)
        return flush

    monkeypatch.setattr(LocalStorage, "create", overtaken)
    answers.append(tus.patch(address, 0, b"this").status_code)
    assert answers == [204, 409]
    assert acknowledged(address) == b"the other"
    assert stored_keys() == known_keys()


def test_unavailable_storage_acknowledges_nothing(tus: Tus, take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    address = tus.begin(take)

    def away(*_: object) -> None:
        raise StorageUnavailableError("bucket")

    monkeypatch.setattr(LocalStorage, "create", away)
    response = tus.patch(address, 0, b"abc")
    assert response.status_code == 503
    monkeypatch.undo()
    assert (tus.head(address).headers["Upload-Offset"], stored_keys()) == ("0", set())
    assert tus.patch(address, 0, b"abc").status_code == 204


def test_part_is_discarded_if_the_disk_fails_while_it_is_written(
    tus: Tus, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "PIECE", 2)
    address, create = tus.begin(take), LocalStorage.create

    def fails_at_third(storage: LocalStorage, key: str, content: bytes) -> Flush:
        if content == b"ef":
            raise StorageUnavailableError("full")
        return create(storage, key, content)

    monkeypatch.setattr(LocalStorage, "create", fails_at_third)
    assert tus.patch(address, 0, b"abcdef").status_code == 503
    assert (acknowledged(address), stored_keys()) == (b"", set())


def test_unavailable_database_acknowledges_nothing_and_keeps_parts_that_may_be_committed(
    tus: Tus, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = tus.begin(take)

    def away(*_: object, **__: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("the line broke"))

    monkeypatch.setattr(uploads, "accept_part", away)
    monkeypatch.setattr(part_writer, "acknowledge_together", away)
    response = tus.patch(address, 0, b"abc")
    assert (response.status_code, response.mimetype) == (503, "text/plain")
    assert b"Traceback" not in response.data
    monkeypatch.undo()
    assert len(stored_keys()) == 2, "one from each way"
    assert tus.patch(address, 0, b"abc").status_code == 204
    housekeeping.remove_orphans(clock.now() + timedelta(days=2))
    assert stored_keys() == known_keys()
