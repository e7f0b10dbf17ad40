"""The numbers of the segments of a take: which one an upload that begins now gets."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _

from app.errors import ConflictError
from app.recording.models import Take
from app.recording.rules import HIGHEST_SEGMENT, MAX_SEGMENTS
from app.recording.upload import tus

MAX_DIGITS = 6
"""Digits of a number in the metadata, leading zeros included."""


def segment_for(take: Take, wanted: str | None, recorder: str | None) -> int:
    """Return the number of another session of a take: the wanted one, or the next where that belongs to another recorder.

    After a stop a client that gives no name may begin only what was announced. The recorder of the take may have more,
    of which the one who stopped it did not know.
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
