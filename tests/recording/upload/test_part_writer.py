"""The threads that store and acknowledge parts: everybody gets an answer, and bytes are durable before their rows."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from app import clock
from app.recording.models import Take
from app.recording.upload import part_writer
from app.recording.upload.incoming import StoredPart, part_key
from app.recording.upload.part_rows import WaitingPart
from app.recording.upload.part_writer import NotAcknowledgedError, PartWriter, Store
from app.storage import Flush, Storage, StorageUnavailableError
from tests.quick_parts import QuickPartsMiddleware
from tests.recording.uploading import Tus, acknowledged, known_keys, stored_keys


@pytest.fixture
def storage(app: Flask) -> Storage:
    """The storage of the application."""
    storage: Storage = app.extensions["storage"]
    return storage


@pytest.fixture
def writer(app: Flask) -> Iterator[PartWriter]:
    """A writer of its own."""
    writer = PartWriter(app)
    yield writer
    writer.close()


@pytest.fixture
def store(storage: Storage) -> Store:
    """Stores a part of an upload that does not exist."""

    def store_part() -> tuple[WaitingPart, Flush]:
        stored = StoredPart(start=0, size=5, sha256="", key=part_key("a" * 26, 0, clock.now()))
        part = WaitingPart(None, "attempt", "upload", stored, None, clock.now())
        return part, storage.create(stored.key, b"abcde")

    return store_part


class Gate:
    """Replaces `acknowledge_together`: groups wait until the gate is open, and no part is accepted."""

    def __init__(self, patch: pytest.MonkeyPatch):
        self.is_open, self.is_reached = threading.Event(), threading.Event()
        self.groups: list[int] = []
        patch.setattr(part_writer, "acknowledge_together", self.acknowledge)

    def acknowledge(self, parts: Sequence[WaitingPart], _policy: object) -> dict[str, object]:
        """Wait for the gate. Nothing is acknowledged."""
        self.is_reached.set()
        self.is_open.wait(60)
        self.groups.append(len(parts))
        return {}


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """The gate before the database."""
    return Gate(monkeypatch)


def test_parts_of_several_event_loops_in_one_group_are_all_answered(
    gate: Gate, writer: PartWriter, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part_writer, "WAIT_SECONDS", 3600)  # the end of this time would wake a loop that was forgotten
    answers: list[object] = []

    def wait() -> None:
        answers.append(asyncio.run(writer.acknowledge(store)))

    threads = [threading.Thread(target=wait, daemon=True) for _ in range(5)]
    threads[0].start()
    assert gate.is_reached.wait(60)
    for thread in threads[1:]:
        thread.start()
    while writer._waiting.qsize() < 4:
        threading.Event().wait(0.01)
    gate.is_open.set()
    for thread in threads:
        thread.join(30)
    assert gate.groups == [1, 4]
    assert answers == [None] * 5


def test_event_loop_that_ends_early_does_not_end_the_thread(gate: Gate, writer: PartWriter, store: Store) -> None:
    async def leave() -> None:
        task = asyncio.ensure_future(writer.acknowledge(store))
        while not gate.is_reached.is_set():
            await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(leave())
    gate.is_open.set()
    assert asyncio.run(writer.acknowledge(store)) is None


def test_parts_that_arrive_first_at_the_same_moment_start_one_thread(
    gate: Gate, writer: PartWriter, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate.is_open.set()
    started, barrier, start = [], threading.Barrier(8), threading.Thread.start

    def note(thread: threading.Thread) -> None:
        if thread.name == "parts":
            started.append(thread)
        start(thread)

    def send() -> None:
        barrier.wait()
        asyncio.run(writer.acknowledge(store))

    monkeypatch.setattr(threading.Thread, "start", note)
    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(started) == 1


def test_part_that_is_declined_leaves_no_file(gate: Gate, writer: PartWriter, store: Store) -> None:
    gate.is_open.set()
    assert asyncio.run(writer.acknowledge(store)) is None
    assert stored_keys() == set()


def test_part_that_cannot_be_flushed_is_not_acknowledged_and_the_others_of_its_group_are(
    gate: Gate, writer: PartWriter, store: Store
) -> None:
    gate.is_open.set()

    def store_badly() -> tuple[WaitingPart, Flush]:
        part, flush = store()

        def fail() -> None:
            flush()
            raise StorageUnavailableError("disk")

        return part, fail

    async def send() -> list[object]:
        both = (writer.acknowledge(store_badly), writer.acknowledge(store))
        return list(await asyncio.gather(*both, return_exceptions=True))

    failed, declined = asyncio.run(send())
    assert isinstance(failed, NotAcknowledgedError)
    assert declined is None


def test_folder_that_cannot_be_flushed_acknowledges_nothing(
    gate: Gate, writer: PartWriter, store: Store, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate.is_open.set()

    def fail(_keys: object) -> None:
        raise StorageUnavailableError("disk")

    with monkeypatch.context() as patch:
        patch.setattr(storage, "flush_names", fail)
        with pytest.raises(NotAcknowledgedError):
            asyncio.run(writer.acknowledge(store))
    assert gate.groups == []
    assert asyncio.run(writer.acknowledge(store)) is None


@pytest.mark.parametrize("is_quick", [True, False], ids=["quick", "ordinary"])
def test_bytes_and_folder_are_flushed_before_the_transaction_that_acknowledges_them(
    app: Flask, tus: Tus, take: Take, monkeypatch: pytest.MonkeyPatch, is_quick: bool
) -> None:
    quick = app.wsgi_app
    assert isinstance(quick, QuickPartsMiddleware)
    if not is_quick:
        app.wsgi_app = quick.inner  # type: ignore[method-assign]
    address, acts = tus.begin(take), []
    fsync = os.fsync

    def note_flush(descriptor: int) -> None:
        fsync(descriptor)
        acts.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")))

    def note_insert(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO upload_part"):
            acts.append(Path("row"))

    monkeypatch.setattr(os, "fsync", note_flush)
    event.listen(Engine, "before_cursor_execute", note_insert)
    try:
        assert tus.patch(address, 0, b"abcde").status_code == 204
    finally:
        event.remove(Engine, "before_cursor_execute", note_insert)
    assert quick.accepted == int(is_quick)
    before = acts[: acts.index(Path("row"))]
    (key,) = known_keys()
    file = Path(app.config["FAIRTAKE"].storage_url.removeprefix("file://")) / key
    assert {file, file.parent, file.parent.parent} <= set(before)
    assert acknowledged(address) == b"abcde"
