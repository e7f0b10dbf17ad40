"""Encode sessions that cannot be copied into one file that every browser plays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from app.media.encoding import SoundTrack, WebmWriter
from app.media.facts import (
    AUDIO,
    ORIGINAL,
    SOUND,
    VIDEO,
    MediaBudget,
    MediaFile,
    MediaRefusedError,
    Probe,
    Refusal,
    Remuxed,
    group_alike,
)
from app.media.kinds import Container
from app.media.pictures import PictureFitter, PictureReader, Size, first_picture
from app.media.reading import OpenedSegment
from app.media.remuxing import copy_group, probe_all

LARGE, SMALL = Size(1280, 720), Size(854, 480)
"""Maximum frame sizes; width and height are swapped for portrait pictures. SMALL is for long recordings."""
SMALL_FROM_MS = 30 * 60 * 1000
PROCESSOR_SECONDS = 120
PROCESSOR_SHARE = 3
"""Processor seconds allowed for an encoding: a base amount, plus PROCESSOR_SHARE for each second of the recording.
"""


def encode(
    segments: Sequence[Path],
    folder: Path,
    limits: MediaBudget,
    note: Callable[[int], None],
    allow: Callable[[int], None],
    skip_ms: int = 0,
) -> Remuxed:
    """Encode the sessions into one WebM file (VP9, Opus), in order, and keep copies of the original packets.

    `note` is called with the percentage that is done. `allow` is called with the permitted processor seconds when the
    length is known. Sessions without content are left out and reported. With `skip_ms`, no part of the first `skip_ms`
    milliseconds is in any file, so there are no copies either. Raises MediaRefusedError if no session has content or the
    limits are exceeded.
    """
    probed, skipped = probe_all(segments, limits)
    total_ms = sum(facts.duration_ms for _, facts in probed)
    allow(PROCESSOR_SECONDS + PROCESSOR_SHARE * total_ms // 1000)
    groups = [] if skip_ms else group_alike(probed)
    copies = [copy_group(group, folder, f"{ORIGINAL}-{n}", limits) for n, group in enumerate(groups)]
    frame = _choose_frame(probed, limits, total_ms)
    channels = max(
        (min(facts.tracks[AUDIO].channels or 1, 2) for _, facts in probed if AUDIO in facts.tracks), default=0
    )
    if frame is None and not channels:
        raise MediaRefusedError(Refusal.DAMAGED, "no picture can be decoded")
    path, beside = folder / "part-0.webm", folder / f"{SOUND}.webm"
    with WebmWriter(path, frame, beside if frame and channels else None, channels) as writer:
        encoder = _Encoder(writer, frame, channels, limits, lambda ms: note(max(ms, 0) * 100 // max(total_ms, 1)))
        start_us = -skip_ms * 1000
        for source, facts in probed:
            encoder.add(source, facts, start_us)
            start_us += facts.duration_ms * 1000
        encoder.end()
    if not writer.pictures and not writer.sounds:
        raise MediaRefusedError(Refusal.DAMAGED, "nothing can be decoded")
    part = MediaFile(
        path=path,
        container=Container.WEBM,
        duration_ms=total_ms - skip_ms,
        starts_at_ms=0,
        video_codec="vp9" if writer.pictures else None,
        audio_codec="opus" if writer.sounds else None,
        width=frame.width if frame else None,
        height=frame.height if frame else None,
    )
    has_lost = encoder.lost or (frame is None and any(VIDEO in facts.tracks for _, facts in probed))
    complete = not skipped and all(facts.is_intact for _, facts in probed) and not has_lost
    originals = tuple(copy for copy in copies if copy is not None)
    sound = beside if beside.exists() else None
    return Remuxed((part,), tuple(skipped), complete, sound, originals if len(originals) == len(copies) else ())


def _choose_frame(probed: Sequence[tuple[Path, Probe]], limits: MediaBudget, total_ms: int) -> Size | None:
    """Return the frame size for all pictures (None without pictures), with the aspect ratio of the longest session."""
    with_picture = [(path, facts) for path, facts in probed if VIDEO in facts.tracks]
    for path, _ in sorted(with_picture, key=lambda each: -each[1].duration_ms):
        found = first_picture(path, limits)
        if found is not None:
            shown, most = found[0], SMALL if total_ms > SMALL_FROM_MS else LARGE
            most = most if shown.width >= shown.height else Size(most.height, most.width)
            is_small = shown.width <= most.width and shown.height <= most.height
            return shown.fitted_into(shown if is_small else most)
    return None


class _Encoder:
    """Adds recorder sessions to the file in order, each session at its time."""

    def __init__(
        self, writer: WebmWriter, frame: Size | None, channels: int, limits: MediaBudget, note_ms: Callable[[int], None]
    ):
        self.lost = 0
        self._writer, self._limits, self._note_ms = writer, limits, note_ms
        self._fitter = PictureFitter(frame) if frame else None
        self._sound = SoundTrack(writer, channels) if channels else None

    def add(self, path: Path, facts: Probe, start_us: int) -> None:
        """Encode one session, starting at `start_us` of the file. What comes before 0 is left out."""
        shift, is_cut = start_us + facts.shift_us, start_us < 0
        with OpenedSegment(path, self._limits) as session:
            kinds = facts.tracks.keys()
            reader = PictureReader(session, self._limits) if self._fitter and VIDEO in kinds else None
            for kind, packet, time in session.packets():
                if kind == VIDEO and reader:
                    self._show(session, reader.read(packet, time + shift), is_cut)
                elif kind == AUDIO and self._sound and AUDIO in kinds and not (is_cut and time + shift < 0):
                    self._sound.read(session, packet, time + shift)
                self._note_ms((time + shift) // 1000)
            if reader:
                self._show(session, reader.flush(), is_cut)
                self.lost += reader.lost
            if self._sound:
                self._sound.end_session()

    def end(self) -> None:
        """Encode all buffered sound."""
        if self._sound:
            self._sound.end()
            self.lost += self._sound.lost

    def _show(self, session: OpenedSegment, pictures: Iterable[tuple[int, Any]], is_cut: bool) -> None:
        for time_us, picture in pictures:
            if is_cut and time_us < 0:
                continue
            if self._fitter and self._writer.wants_picture(time_us):
                self._writer.add_picture(self._fitter.fit(session, picture), time_us)
