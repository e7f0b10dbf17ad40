"""Random requests and crashes of the server: the acknowledged bytes are always the bytes that were sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from app import clock, housekeeping
from app.extensions import db
from app.recording.abandoned import ORPHAN_AGE
from app.recording.upload import incoming, part_writer, uploads
from app.recording.upload import routes as tus_routes
from app.recording.upload.part_writer import PartWriter, Store
from app.recording.upload.quick_parts import QuickParts
from app.storage import get_storage
from tests.factories import enter, make_take
from tests.page_check import CheckingClient
from tests.recording.uploading import Tus, acknowledged, checksum, known_keys, stored_keys

RECORDING = bytes(range(256)) * 2
"""The bytes of the recording. A correct client sends the bytes that belong at its offset."""


PLACE_NAMES = (
    "after a piece", "before the row", "after the commit", "quickly, before the row", "quickly, after the commit",
)  # fmt: skip


class Died(Exception):
    """Simulates the end of the server process."""


class Storm(RuleBasedStateMachine):
    """A state machine: one upload, correct and faulty clients, repeated requests, and a server that crashes."""

    app: Flask

    def __init__(self) -> None:
        super().__init__()
        client = self.app.test_client()
        assert isinstance(client, CheckingClient)
        take = make_take(started_at=clock.now())
        enter(client, take.attempt)
        self.tus = Tus(client)
        self.address = self.tus.begin(take)
        self.sent = b""
        self.length: int | None = None

    @rule(size=st.integers(0, 40), algorithm=st.sampled_from([None, "sha1", "sha256"]))
    def the_next_part(self, size: int, algorithm: str | None) -> None:
        """A correct part is acknowledged, unless it goes past the end."""
        body = RECORDING[len(self.sent) : len(self.sent) + size]
        headers = {"Upload_Checksum": checksum(body, algorithm)} if algorithm else {}
        fits = self.length is None or len(self.sent) + len(body) <= self.length
        response = self.tus.patch(self.address, len(self.sent), body, **headers)
        assert response.status_code == (204 if fits else 413)
        self.sent += body if fits else b""

    @rule(offset=st.integers(0, 300), body=st.binary(max_size=40))
    def a_part_at_any_place(self, offset: int, body: bytes) -> None:
        """A part at a wrong offset, or the same part again, is refused and changes nothing."""
        if offset != len(self.sent):
            assert self.tus.patch(self.address, offset, body).status_code == 409

    @rule(body=st.binary(min_size=1, max_size=40), other=st.binary(max_size=40))
    def a_damaged_part(self, body: bytes, other: bytes) -> None:
        """A part that does not match its checksum is refused."""
        if body != other:
            response = self.tus.patch(self.address, len(self.sent), body, Upload_Checksum=checksum(other))
            assert response.status_code in ((460,) if self._room() >= len(body) else (413,))

    @rule(more=st.integers(-10, 60), body=st.integers(0, 20))
    def the_end_is_declared(self, more: int, body: int) -> None:
        """The length of the upload is declared once, with or without bytes. A different length is refused afterwards."""
        length = max(0, len(self.sent) + more)
        part = RECORDING[len(self.sent) : len(self.sent) + body]
        response = self.tus.patch(self.address, len(self.sent), part, Upload_Length=length)
        allowed = self.length in (None, length) and len(self.sent) + len(part) <= length
        assert response.status_code == 204 if allowed else response.status_code in (400, 413)
        if allowed:
            self.sent, self.length = self.sent + part, length

    @precondition(lambda self: self._room() > 0)
    @rule(size=st.integers(1, 40), place=st.sampled_from(PLACE_NAMES))
    def the_server_dies(self, size: int, place: str) -> None:
        """After a crash, either the offset has not changed, or the whole part is stored and only the response is lost."""
        body = RECORDING[len(self.sent) : len(self.sent) + min(size, self._room())]
        with pytest.MonkeyPatch.context() as patch:
            PLACES[place](patch)
            with pytest.raises(Died):
                self.tus.patch(self.address, len(self.sent), body, Upload_Checksum=checksum(body))
        db.session.rollback()
        self.sent += body if place.endswith("after the commit") else b""

    @rule()
    def orphans_are_swept(self) -> None:
        """After a day, storage contains exactly the objects that have rows."""
        housekeeping.remove_orphans(clock.now() + ORPHAN_AGE + timedelta(hours=1))
        db.session.rollback()
        assert stored_keys() == known_keys()

    @invariant()
    def what_is_acknowledged_is_what_was_sent(self) -> None:
        """The rows, their objects in storage and the offset from HEAD match the acknowledged bytes."""
        assert acknowledged(self.address) == self.sent
        assert known_keys() <= stored_keys()
        state = self.tus.head(self.address).headers
        assert int(state["Upload-Offset"]) == len(self.sent)
        assert state.get("Upload-Length") == (None if self.length is None else str(self.length))

    def _room(self) -> int:
        end = len(RECORDING) if self.length is None else self.length
        return end - len(self.sent)


def die_after_a_piece(patch: pytest.MonkeyPatch) -> None:
    """The first object is in storage, the second was never written, and nothing is cleaned up."""
    patch.setattr(incoming, "PIECE", 1)
    create = get_storage().create

    def create_once(key: str, content: bytes) -> None:
        create(key, content)()
        raise Died

    patch.setattr(get_storage(), "create", create_once)
    patch.setattr(incoming, "discard", lambda *_: None)


def die_before_the_row(patch: pytest.MonkeyPatch) -> None:
    """All bytes are in storage, but they have no rows."""
    leave_all_to_flask(patch)
    patch.setattr(uploads, "accept_part", _die)


def die_after_the_commit(patch: pytest.MonkeyPatch) -> None:
    """The row is committed, but the client gets no response."""
    leave_all_to_flask(patch)
    die_after_the_commit_of_flask(patch)


def die_after_the_commit_of_flask(patch: pytest.MonkeyPatch) -> None:
    """The view does not respond after its commit."""
    acknowledge = tus_routes._acknowledge

    def silent(*arguments: Any) -> None:
        acknowledge(*arguments)
        raise Died

    patch.setattr(tus_routes, "_acknowledge", silent)


def die_quickly_before_the_row(patch: pytest.MonkeyPatch) -> None:
    """The same, for a part on the fast path."""

    patch.setattr(part_writer, "acknowledge_together", _die)
    patch.setattr(uploads, "accept_part", _die)


def die_quickly_after_the_commit(patch: pytest.MonkeyPatch) -> None:
    """The same, for a part on the fast path."""
    acknowledge = PartWriter.acknowledge

    async def silent(writer: PartWriter, store: Store) -> None:
        if await acknowledge(writer, store) is not None:
            raise Died

    patch.setattr(PartWriter, "acknowledge", silent)
    die_after_the_commit_of_flask(patch)


def leave_all_to_flask(patch: pytest.MonkeyPatch) -> None:
    """Turn the fast path off."""

    async def nothing(*_: object) -> None:
        return None

    patch.setattr(QuickParts, "__call__", nothing)


def _die(*_: object, **__: object) -> None:
    raise Died


PLACES: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "after a piece": die_after_a_piece,
    "before the row": die_before_the_row,
    "after the commit": die_after_the_commit,
    "quickly, before the row": die_quickly_before_the_row,
    "quickly, after the commit": die_quickly_after_the_commit,
}


def test_acknowledged_bytes_are_exactly_the_bytes_that_were_sent(app: Flask) -> None:
    machine = type("StormHere", (Storm,), {"app": app})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
