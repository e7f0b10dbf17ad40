"""What has not arrived of a take, counted from what its browsers stored, and whether a candidate was told of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.extensions import db
from app.recording.completion import living_uploads, recorder_of
from app.recording.models import Take, Upload
from app.storage import get_storage, read
from tests.recording.browsers import MS_PER_BYTE, Record, Session


@dataclass
class Lack:
    """What is in browsers and not in a take. `ms`: of sessions whose end the server was told."""

    ms: int = 0
    refused_ms: int = 0
    """Of these, what the server refused since: the person was offered it in that browser."""
    is_open: bool = False
    """Whether more of it is somewhere, of which the server knows, but not how much."""

    def is_in(self, told: str) -> bool:
        """Whether `told`, as the form carries it ("1:12 1:?"), says all that is missing of question 1."""
        said = told.split()
        seconds = max((int(one[2:]) for one in said if one[2:].isdigit()), default=0)
        return seconds * 1000 >= self.ms - self.refused_ms and (not self.is_open or "1:?" in said)

    def is_exceeded_by(self, told: str) -> bool:
        """Whether more seconds are said to be missing than are."""
        return any(int(one[2:]) * 1000 >= self.ms + 1000 for one in told.split() if one[2:].isdigit())


def lack_of(take: Take, sessions: Iterable[tuple[Record, Session]]) -> Lack:
    """Return what is missing of a take. A session of which the server cannot know is not counted: its browser says it."""
    lack, announced = Lack(), {(one["segment"], one["recorder"]) for one in take.announced or []}
    said = {recorder_of(upload) for upload in living_uploads(take)} | {recorder for _, recorder in announced}
    for record, session in sessions:
        missing = len(session.content) - len(stored(session))
        if record.take != take.id or not missing:
            continue
        if session.url is not None and (session.number, record.recorder) in announced:
            lack.ms += MS_PER_BYTE * missing
            lack.refused_ms += MS_PER_BYTE * missing * session.is_refused
        elif not session.is_refused:
            is_begun = take.recorder == record.recorder and (take.announced is None or take.recorder not in said)
            lack.is_open |= session.url is not None or is_begun
    return lack


def stored(session: Session) -> bytes:
    """Return what the server has of a session."""
    if session.url is None:
        return b""
    upload = db.session.get(Upload, session.url.rsplit("/", 1)[1])
    return b"".join(read(get_storage(), part.key) for part in upload.parts) if upload else b""
