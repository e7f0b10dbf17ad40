"""Calculates which part of a take has not arrived, and whether the candidate was told about this part.

The missing bytes are counted from the bytes that the simulated browsers have stored.
"""

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
    """The part of a take that is still in browsers. `ms` is the missing time of sessions whose length was reported."""

    ms: int = 0
    refused_ms: int = 0
    """The part of `ms` that the server has refused. The browser offered this part to the candidate."""
    is_open: bool = False
    """True if the server knows that more of the take exists in a browser, but not how many seconds."""

    def is_in(self, told: str) -> bool:
        """Return whether `told` (a form value such as "1:12 1:?") includes everything missing from question 1."""
        said = told.split()
        seconds = max((int(one[2:]) for one in said if one[2:].isdigit()), default=0)
        return seconds * 1000 >= self.ms - self.refused_ms and (not self.is_open or "1:?" in said)

    def is_exceeded_by(self, told: str) -> bool:
        """Return whether `told` names more seconds than are missing."""
        return any(int(one[2:]) * 1000 >= self.ms + 1000 for one in told.split() if one[2:].isdigit())


def lack_of(take: Take, sessions: Iterable[tuple[Record, Session]]) -> Lack:
    """Return the part of a take that is still in browsers, without sessions unknown to the server. The browser tells
    the candidate about those sessions.
    """
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
    """Return the bytes of a session that the server has stored."""
    if session.url is None:
        return b""
    upload = db.session.get(Upload, session.url.rsplit("/", 1)[1])
    return b"".join(read(get_storage(), part.key) for part in upload.parts) if upload else b""
