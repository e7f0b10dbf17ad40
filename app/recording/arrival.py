"""How much of a take has arrived, compared with what its recorders announced. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.recording.recorder_reports import SegmentReport


@dataclass(frozen=True, slots=True)
class ArrivedUpload:
    """The acknowledged bytes of one upload, and its length if it is known."""

    segment: int
    offset: int
    length: int | None
    recorded_ms: int = 0
    recorder: str | None = None
    """Name of the recorder that made the upload, or None if the recorder has no name."""


@dataclass(frozen=True, slots=True)
class ArrivalProgress:
    """How much of an incomplete recording has arrived, and how much is missing, in milliseconds.

    `missing_ms` counts only what recorders announced. `is_open`: more may be missing, of unknown length. `is_empty`: no
    byte has arrived.
    """

    arrived_ms: int
    missing_ms: int
    is_open: bool
    is_empty: bool = False

    @property
    def told(self) -> tuple[int | None, ...]:
        """Return the missing parts as shown to people: whole seconds, rounded up, and None for a part of unknown
        length.
        """
        seconds = (-(-self.missing_ms // 1000),) if self.missing_ms else ()
        return (*seconds, None) if self.is_open else seconds


def has_arrived(announced: Iterable[SegmentReport] | None, uploads: Iterable[ArrivedUpload]) -> bool:
    """Return whether everything expected of a stopped take has arrived.

    A client that announced nothing (an ordinary tus client) must have finished each upload. Otherwise each announced
    segment must have its announced length, or must have been ended early because the browser lost the rest. Segments
    that were not announced are ignored.
    """
    here = {upload.segment: upload for upload in uploads}
    if announced is None:
        begun = [upload for upload in here.values() if upload.offset or upload.length]
        return bool(begun) and all(upload.offset == upload.length for upload in begun)
    return all(_is_there(here.get(segment.segment), segment.bytes) for segment in announced if segment.bytes)


def is_whole(
    announced: Iterable[SegmentReport] | None, uploads: Iterable[ArrivedUpload], *, owner: str | None = None
) -> bool:
    """Return whether nothing is missing: all announced segments have arrived, and all other uploads are finished.

    Recorders create an upload only when they have bytes to send, so an empty upload counts as unfinished. An unnamed
    client that announced nothing may have created an upload twice, so its empty uploads are ignored. `is_owner_awaited`
    explains `owner`.
    """
    here = {upload.segment: upload for upload in uploads}
    announced = None if announced is None else list(announced)
    said = {segment.segment: segment.bytes for segment in announced or ()}
    is_missing = any(size and (number not in here or here[number].offset < size) for number, size in said.items())
    is_cut = any(
        _is_open(one, None)
        for one in here.values()
        if one.segment not in said and (announced is not None or one.offset or one.recorder is not None)
    )
    return not is_missing and not is_cut and not is_owner_awaited(owner, announced, here.values())


def is_owner_awaited(
    owner: str | None, announced: Iterable[SegmentReport] | None, uploads: Iterable[ArrivedUpload]
) -> bool:
    """Return whether `owner` continued another recorder's take and has sent nothing. It may be recording offline."""
    begun = {upload.recorder for upload in uploads} - {None}
    return owner is not None and bool(begun) and owner not in begun | {one.recorder for one in announced or ()}


def coming(
    announced: Iterable[SegmentReport] | None, uploads: Iterable[ArrivedUpload], *, owner: str | None = None
) -> ArrivalProgress:
    """Return how much of a recording has arrived and how much is missing, according to its recorders."""
    here = {upload.segment: upload for upload in uploads}
    announced = None if announced is None else list(announced)
    said = {segment.segment: segment for segment in announced or ()}
    missing = 0
    for number, segment in said.items():
        upload = here.get(number, ArrivedUpload(number, 0, None))
        if upload.offset < segment.bytes:
            missing += max(1, segment.recorded_ms - upload.recorded_ms)
    is_open = announced is None or any(_is_open(one, said.get(one.segment)) for one in here.values())
    is_open = is_open or is_owner_awaited(owner, announced, here.values())
    arrived_ms = sum(one.recorded_ms for one in here.values())
    return ArrivalProgress(arrived_ms, missing, is_open, is_empty=not any(one.offset for one in here.values()))


def _is_open(upload: ArrivedUpload, said: SegmentReport | None) -> bool:
    """Return whether the end of an upload is unknown.

    An upload without a report (`said`) is open until it is finished. An upload with a report is open if all reported
    bytes have arrived but the upload announced a greater length.
    """
    if said is None:
        return upload.offset != upload.length
    return upload.offset >= said.bytes and not _is_there(upload, said.bytes)


def _is_there(upload: ArrivedUpload | None, size: int) -> bool:
    return upload is not None and (upload.offset == upload.length or (upload.length is None and upload.offset >= size))
