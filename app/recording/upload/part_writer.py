"""Store parts in threads, and acknowledge them in groups: one transaction for all parts that are waiting.

While one group is committed, the next forms by itself. A part joins a group as soon as its bytes are written, so that
its file is flushed while its folder is. The transaction begins after both.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from flask import Flask

from app.config import current_config
from app.recording.upload.incoming import discard
from app.recording.upload.part_rows import Acknowledged, WaitingPart, acknowledge_together
from app.recording.upload.uploads import configured_limits
from app.storage import Flush, Storage

MAX_TOGETHER = 128
"""Maximum number of parts in one transaction."""
THREADS = 8
"""Threads that store parts."""
WAIT_SECONDS = 60
"""How long a part waits until it is stored and acknowledged. SQLite's lock may take 15 s."""
log = logging.getLogger("fairtake.parts")

Store = Callable[[], tuple[WaitingPart, Flush]]
"""Writes a part to storage. Returns it with the function that flushes it."""


class NotAcknowledgedError(Exception):
    """It is unknown whether a part is acknowledged. If its bytes are stored, they must be kept."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A written part, the future that gets its result, and the one that is done when its bytes are flushed."""

    part: WaitingPart
    answer: asyncio.Future[Acknowledged | None]
    flushed: Future[None] = field(default_factory=Future)

    @property
    def key(self) -> str:
        """The storage key of the part."""
        return self.part.stored.key


Result = Acknowledged | NotAcknowledgedError | None
Answers = Iterable[tuple["asyncio.Future[Acknowledged | None]", Result]]


class PartWriter:
    """Threads that store parts, and one that acknowledges them."""

    def __init__(self, app: Flask):
        self._app = app
        self._storage: Storage = app.extensions["storage"]
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="storing")
        self._waiting: queue.SimpleQueue[_Entry | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    async def acknowledge(self, store: Store) -> Acknowledged | None:
        """Store a part, and wait until it is committed. Returns None if it is left to the ordinary path.

        Then its bytes are deleted. Raises NotAcknowledgedError if something failed.
        """
        self._start()
        answer: asyncio.Future[Acknowledged | None] = asyncio.get_running_loop().create_future()
        self._pool.submit(self._store, store, answer)
        try:
            return await asyncio.wait_for(answer, WAIT_SECONDS)
        except TimeoutError as problem:
            raise NotAcknowledgedError("not within the time") from problem

    def close(self) -> None:
        """End the threads, after the parts that are waiting."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
        self._pool.shutdown()

    def _start(self) -> None:
        """Start the thread with the first part. Not earlier, because threads do not survive a fork."""
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, name="parts", daemon=True)
                    self._thread.start()

    def _store(self, store: Store, answer: asyncio.Future[Acknowledged | None]) -> None:
        try:
            part, flush = store()
        except Exception as problem:  # noqa: BLE001 - the ordinary path tries again and says what is wrong
            _tell([(answer, NotAcknowledgedError(type(problem).__name__))])
            return
        entry = _Entry(part, answer)
        self._waiting.put(entry)
        try:
            flush()
        except BaseException as problem:  # noqa: BLE001 - the other thread waits for it
            entry.flushed.set_exception(problem)
        else:
            entry.flushed.set_result(None)

    def _work(self) -> None:
        with self._app.app_context():
            while (first := self._waiting.get()) is not None:
                group = [first]
                while len(group) < MAX_TOGETHER and (following := self._next()) is not None:
                    group.append(following)
                self._acknowledge(group)

    def _next(self) -> _Entry | None:
        try:
            following = self._waiting.get_nowait()
        except queue.Empty:
            return None
        if following is None:
            self._waiting.put(None)  # end after this group
        return following

    def _acknowledge(self, group: Sequence[_Entry]) -> None:
        failure = NotAcknowledgedError("not stored or not committed")
        durable: list[_Entry] = []
        lost: list[_Entry] = []
        try:
            self._storage.flush_names(entry.key for entry in group)
            for entry in group:
                (durable if entry.flushed.exception() is None else lost).append(entry)
            done = acknowledge_together([entry.part for entry in durable], configured_limits(current_config()))
        except Exception as problem:  # noqa: BLE001 - whatever it is, the thread must go on, and nobody may wait for ever
            log.warning("parts not acknowledged together: error=%s count=%d", type(problem).__name__, len(group))
            _tell([(entry.answer, failure) for entry in group])
            return
        accepted = [(entry.answer, done[entry.key]) for entry in durable if entry.key in done]
        _tell([*accepted, *((entry.answer, failure) for entry in lost)])
        declined = [entry for entry in durable if entry.key not in done]
        if declined:
            self._pool.submit(self._decline, declined)

    def _decline(self, declined: Sequence[_Entry]) -> None:
        discard(self._storage, [entry.key for entry in declined])
        _tell([(entry.answer, None) for entry in declined])


def _tell(answers: Answers) -> None:
    """Set futures, each in its own event loop, because a loop that sleeps does not notice other threads."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Acknowledged | None], Result]]] = {}
    for answer, result in answers:
        by_loop.setdefault(answer.get_loop(), []).append((answer, result))
    for loop, those in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, those)
        except RuntimeError:  # the loop is closed, so nobody waits; other loops still do
            log.info("parts acknowledged after their server stopped: count=%d", len(those))


def _resolve(answers: Answers) -> None:
    for answer, result in answers:
        if answer.done():
            continue  # nobody waits any more
        if isinstance(result, NotAcknowledgedError):
            answer.set_exception(result)
        else:
            answer.set_result(result)
