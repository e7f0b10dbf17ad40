"""What must be true after every fault. Each function returns sentences about what is not."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import cache

import av
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app import audit, batches, clock, housekeeping
from app.captions.models import CaptionTrack
from app.extensions import db
from app.recording import processing
from app.recording.models import Media, StageRun, StageState, Take, UploadPart
from app.recording.processing import TakeState
from app.storage import get_storage, read
from tests.faults.candidates import Answer, request
from tests.faults.installation import Installation
from tests.waiting import LONG_SECONDS

SETTLE_SECONDS = 2 * LONG_SECONDS
ENDS = (TakeState.CAPTIONED, TakeState.MEDIA_FAILED, TakeState.CAPTIONS_FAILED)
"""States in which a take is done, or its page says what a person should do."""


def all_problems(place: Installation, answers: Sequence[Answer]) -> list[str]:
    """Wait until the work is done, and return everything that is wrong then."""
    db.session.remove()
    db.engine.dispose()  # its connections may be of a database that has been restarted
    if unsettled := _wait_until_settled(answers):
        return unsettled
    checks: list[Callable[[], Iterator[str]]] = [
        lambda: _acknowledged_bytes(answers),
        lambda: _captions(answers),
        _audit_log,
        lambda: _files(place),
        lambda: _all_parts_work(place),
    ]
    return [problem for check in checks for problem in check()]


def failed_takes(answers: Sequence[Answer]) -> dict[str, str]:
    """Return the reason of each take that has no captions, by its id."""
    query = select(StageRun).where(StageRun.take_id.in_([one.take_id for one in answers]), StageRun.state == "failed")
    return {run.take_id: f"{run.stage}: {run.problem}" for run in db.session.scalars(query)}


def _wait_until_settled(answers: Sequence[Answer]) -> list[str]:
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        db.session.rollback()
        waiting = [f"take {take.id} is still {state}" for take, state in _states(answers) if state not in ENDS]
        waiting += [f"take {take.id} is not complete" for take, _state in _states(answers) if take.complete_at is None]
        undone = db.session.scalars(select(StageRun).where(processing.IS_UNDONE))
        waiting += [
            f"{run.stage} of {run.take_id} is {run.state}, attempts {run.attempts}, lease until {run.lease_until},"
            f" enqueued {run.enqueued_at}, problem {run.problem}"
            for run in undone
        ]
        if not waiting or time.monotonic() > deadline:
            return waiting
        time.sleep(0.2)


def _states(answers: Sequence[Answer]) -> list[tuple[Take, TakeState]]:
    takes = db.session.scalars(select(Take).where(Take.id.in_([one.take_id for one in answers])))
    return [(take, processing.state_of(take)) for take in takes]


def _acknowledged_bytes(answers: Sequence[Answer]) -> Iterator[str]:
    """Every acknowledged byte is in its part, or its packet is in the file that was made from the parts."""
    for answer in answers:
        take = db.session.get(Take, answer.take_id)
        if take is None or len(take.uploads) != 1 or take.uploads[0].offset < answer.acknowledged:
            yield f"take {answer.take_id}: the rows have fewer bytes than were acknowledged"
            continue
        parts = db.session.scalars(select(UploadPart).where(UploadPart.upload_id == take.uploads[0].id))
        kept = {part.start: read(get_storage(), part.key) for part in parts}
        joined = b"".join(kept[start] for start in sorted(kept))
        if joined == answer.recording[: take.uploads[0].offset]:
            continue
        media = take.media
        if kept or media is None or packets(read(get_storage(), media.key)) != packets(answer.recording):
            place = f"{len(joined)} bytes in parts" if kept else f"media: {media is not None}"
            yield f"take {answer.take_id}: of {answer.acknowledged} acknowledged bytes some are in no file ({place})"


@cache
def packets(recording: bytes) -> tuple[str, ...]:
    """Return a digest of the packets of each stream of a recording."""
    digests: dict[str, hashlib._Hash] = {}
    with av.open(io.BytesIO(recording), "r") as container:
        for packet in container.demux():
            if packet.size:
                digests.setdefault(packet.stream.type, hashlib.sha256()).update(bytes(packet))
    return tuple(f"{kind} {digest.hexdigest()}" for kind, digest in sorted(digests.items()))


def _captions(answers: Sequence[Answer]) -> Iterator[str]:
    """Every take has captions once, or a reason why not, which its page shows."""
    for take, state in _states(answers):
        tracks = db.session.scalar(select(func.count()).where(CaptionTrack.take_id == take.id))
        expected = 1 if state is TakeState.CAPTIONED else 0
        if tracks != expected:
            yield f"take {take.id} is {state} and has {tracks} caption tracks"
        failed = [run for run in take.stages if run.state == StageState.FAILED and not run.problem]
        if failed:
            yield f"take {take.id} failed without a reason"


def _audit_log() -> Iterator[str]:
    found = audit.verify(db.session())
    if not found.is_whole:
        yield f"the audit log is broken at {found.broken_at}: {found.reason}"


def _files(place: Installation) -> Iterator[str]:
    """No temporary file is left, and after the sweep for lost files every stored file belongs to a row."""
    root = place.config.temporary_root
    deadline = time.monotonic() + LONG_SECONDS
    while (left := [path for path in root.rglob("*") if path.is_file()]) and time.monotonic() < deadline:
        time.sleep(0.2)
    if left:
        yield f"temporary files are left: {[str(path.relative_to(root)) for path in left]}"
    db.session.rollback()
    housekeeping.remove_orphans(clock.now() + timedelta(days=3))
    stored = {key for folder in ("parts", "takes") for key in get_storage().list(folder)}
    rows = set(db.session.scalars(select(UploadPart.key)))
    for media in db.session.scalars(select(Media)):
        rows |= set(media.keys)
    if stored != rows:
        yield f"files without a row: {sorted(stored - rows)}; rows without a file: {sorted(rows - stored)}"


def _all_parts_work(place: Installation) -> Iterator[str]:
    """The status page shows nothing that is wrong any more."""
    deadline, states = time.monotonic() + LONG_SECONDS, b""
    while time.monotonic() < deadline:
        try:
            status, states, _headers = request(place.port, "GET", "/readyz", {})
            aside = batches.all_set_aside(db.session())
            if status == 200 and not aside:
                return
            states += b"".join(f" {row.batch} {row.subject} {row.problem}".encode() for row in aside)
        except (OSError, SQLAlchemyError) as problem:
            states = type(problem).__name__.encode()
        db.session.rollback()
        time.sleep(0.3)
    yield f"the status is not good again: {states!r}"
