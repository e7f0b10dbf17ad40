"""Choose the segment number for a new upload of a take."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _

from app.errors import ConflictError
from app.recording.models import Take
from app.recording.recorder_reports import HIGHEST_SEGMENT, MAX_SEGMENTS
from app.recording.upload import tus

MAX_DIGITS = 6
"""Maximum number of digits of a segment number in the metadata, including leading zeros."""


def segment_for(take: Take, wanted: str | None, recorder: str | None) -> int:
    """Return the segment number for a new upload: the `wanted` one, or the next if that is taken by another upload or
    recorder.

    After a stop, a client without a recorder name may upload announced segments only. A named recorder may add more,
    because the device that stopped the take may not have known about them. Raises ConflictError if the segment is not
    allowed or there are too many, and ProtocolError if the number is invalid.
    """
    used = {upload.segment for upload in take.uploads}
    if len(used) >= MAX_SEGMENTS:
        raise _interrupted_too_often()
    announced = {entry["segment"]: entry.get("recorder") for entry in take.announced or ()}
    if wanted is None and take.announced is None:
        return _following([*used, *announced])
    if wanted is None:
        raise ConflictError(_("This recording was stopped: nothing else can be added to it."))
    number = _parse_segment(wanted)
    is_foreign = recorder is not None and announced.get(number) not in (None, recorder)
    if recorder is not None and (number in used or is_foreign):
        return _following([*used, *announced])
    if recorder is None and take.announced is not None and number not in announced:
        raise ConflictError(_("This recording was stopped: nothing else can be added to it."))
    if number in used:
        raise ConflictError(_("This part of the recording exists already."))
    return number


def _parse_segment(wanted: str) -> int:
    is_number = wanted.isascii() and wanted.isdigit() and len(wanted) <= MAX_DIGITS
    if not is_number or not 1 <= int(wanted) <= HIGHEST_SEGMENT:
        raise tus.ProtocolError(tus.TusFault.BAD_HEADER, "Upload-Metadata")
    return int(wanted)


def _following(numbers: Iterable[int]) -> int:
    number = max(numbers, default=0) + 1
    if number > HIGHEST_SEGMENT:
        raise _interrupted_too_often()
    return number


def _interrupted_too_often() -> ConflictError:
    return ConflictError(_("You cannot continue this recording. It was interrupted too often."))
