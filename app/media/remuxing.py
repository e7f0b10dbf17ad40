"""Make the file of a take by copying the packets of its segments. `transcoding` handles segments that cannot be copied."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.media.facts import (
    AUDIO,
    SOUND,
    VIDEO,
    CodecCheck,
    MediaBudget,
    MediaFile,
    MediaRefusedError,
    NeedsEncodingError,
    Probe,
    Refusal,
    Remuxed,
    SkippedSegment,
    Track,
    group_alike,
)
from app.media.kinds import SUFFIXES, Container, choose_container, plays_everywhere
from app.media.pictures import first_picture
from app.media.reading import OpenedSegment, probe, refusal_of
from app.media.timeline import MILLISECOND, OutputClock, PacketTimes, rescale
from app.media.writing import Output

TOO_MUCH = (Refusal.TOO_LONG, Refusal.TOO_COSTLY)
"""Reasons to refuse the whole take because of one segment: reading the other segments would cost even more.
"""


Group = Sequence[tuple[Path, Probe]]
"""Segments that can be joined in one file, with their properties."""


def remux(
    segments: Sequence[Path], folder: Path, limits: MediaBudget, *, anyway: bool = False, skip_ms: int = 0
) -> Remuxed:
    """Copy the packets of the segments into one file with its duration and its index at the front.

    If the file has a picture and sound, its sound is also written to a separate file. Segments without content are left
    out and reported. With `anyway`, makes as few files as possible, which some browsers may not play.

    With `skip_ms`, no packet of the first `skip_ms` milliseconds is in the file. A copied picture can only begin at its
    next key frame, so a recording with a picture then needs encoding, unless `anyway` is given.

    Raises NeedsEncodingError if copying cannot make one file that every browser plays, and MediaRefusedError if no
    segment has content or the total is longer than the limit.
    """
    probed, skipped = probe_all(segments, limits)
    groups = group_alike(probed)
    is_playable = len(groups) == 1 and _plays_everywhere(groups[0])
    if not anyway and (not is_playable or (skip_ms and VIDEO in _tracks_of(groups[0]))):
        raise NeedsEncodingError
    written: list[_Written] = []
    for number, group in enumerate(groups):
        starts_at = sum(each.part.duration_ms for each in written)
        written.append(_write_part(group, folder, number, starts_at, limits, 0 if number else skip_ms))
    complete = not skipped and all(facts.is_intact for _, facts in probed) and all(each.is_whole for each in written)
    sound = _keep_sound_of_the_longest(written)
    parts = tuple(each.part for each in written)
    return Remuxed(parts, tuple(skipped), complete, sound, plays_everywhere=is_playable)


def look(path: Path, limits: MediaBudget) -> CodecCheck:
    """Inspect the beginning of a file and return its codecs. Raises MediaRefusedError if it is not a usable recording."""
    try:
        with OpenedSegment(path, limits) as segment:
            tracks = segment.tracks
            video, audio = _codec_of(tracks, VIDEO), _codec_of(tracks, AUDIO)
            setup = tracks[VIDEO].setup if VIDEO in tracks else b""
            plays = plays_everywhere(video, audio, segment.container, video_setup=setup)
            return CodecCheck(", ".join(filter(None, (video, audio))), plays)
    except Exception as problem:
        raise refusal_of(problem) or problem from problem


def probe_all(segments: Sequence[Path], limits: MediaBudget) -> tuple[list[tuple[Path, Probe]], list[SkippedSegment]]:
    """Return the properties of each segment, and the segments that were left out because they have no usable content.

    Raises MediaRefusedError if no segment has content, or if the total is longer than the limit.
    """
    probed: list[tuple[Path, Probe]] = []
    refusals: list[tuple[int, MediaRefusedError]] = []
    for place, path in enumerate(segments):
        try:
            probed.append((path, probe(path, limits)))
        except MediaRefusedError as refusal:
            if refusal.code in TOO_MUCH:
                raise
            refusals.append((place, refusal))
    if not probed:
        raise refusals[0][1] if refusals else MediaRefusedError(Refusal.EMPTY, "no segments")
    if sum(facts.duration_ms for _, facts in probed) > limits.duration_seconds * 1000:
        raise MediaRefusedError(Refusal.TOO_LONG, f"longer than {limits.duration_seconds} s")
    if len(probed) > 1:
        probed = [(path, _with_rotation(path, facts, limits)) for path, facts in probed]
    return probed, [SkippedSegment(place, refusal.code) for place, refusal in refusals]


def copy_group(group: Group, folder: Path, name: str, limits: MediaBudget) -> Path | None:
    """Copy segments that can be joined into a file with this name. Returns None if one file cannot contain them all."""
    tracks = _tracks_of(group)
    container = choose_container(_codec_of(tracks, VIDEO), _codec_of(tracks, AUDIO), group[0][1].container)
    path = folder / f"{name}{SUFFIXES[container]}"
    try:
        copier, _ = _copy(group, [(path, container)], limits, 0)
        is_whole = copier.kept and not copier.lost
    except MediaRefusedError:
        raise
    except Exception as problem:
        if refusal_of(problem) is None:
            raise
        is_whole = False
    if not is_whole:
        path.unlink(missing_ok=True)
    return path if is_whole else None


def _with_rotation(path: Path, facts: Probe, limits: MediaBudget) -> Probe:
    """Add the rotation of a session's pictures to its properties. It is known only after decoding one picture."""
    if VIDEO not in facts.tracks:
        return facts
    found = first_picture(path, limits)
    turned = replace(facts.tracks[VIDEO], rotation=found[1] if found else 0)
    return replace(facts, tracks={**facts.tracks, VIDEO: turned})


def _plays_everywhere(group: Group) -> bool:
    tracks = _tracks_of(group)
    setup = tracks[VIDEO].setup if VIDEO in tracks else b""
    codecs = (_codec_of(tracks, VIDEO), _codec_of(tracks, AUDIO))
    return plays_everywhere(*codecs, group[0][1].container, video_setup=setup)


def _tracks_of(group: Group) -> dict[str, Track]:
    return {kind: facts.tracks[kind] for _, facts in reversed(group) for kind in facts.tracks}


def _codec_of(tracks: dict[str, Track], kind: str) -> str | None:
    return tracks[kind].codec if kind in tracks else None


@dataclass(frozen=True, slots=True)
class _Written:
    """A written part, the file with only its sound (if it has a picture), and whether every packet was written."""

    part: MediaFile
    sound: Path | None
    is_whole: bool


def _write_part(
    group: Group, folder: Path, number: int, starts_at_ms: int, limits: MediaBudget, skip_ms: int
) -> _Written:
    """Write the file for a group of segments and, in the same pass, a file with only the sound of the group."""
    tracks, source = _tracks_of(group), group[0][1].container
    video, audio = _codec_of(tracks, VIDEO), _codec_of(tracks, AUDIO)
    container = choose_container(video, audio, source)
    files = [(folder / f"part-{number}{SUFFIXES[container]}", container)]
    if video and audio:
        alone = choose_container(None, audio, source)
        files.append((folder / f"{SOUND}-{number}{SUFFIXES[alone]}", alone))
    copier, beside = _copy(group, files, limits, skip_ms * 1000)
    if not copier.kept:
        raise MediaRefusedError(Refusal.DAMAGED, "no valid packet")
    part = MediaFile(
        path=files[0][0],
        container=container,
        duration_ms=sum(facts.duration_ms for _, facts in group) - skip_ms,
        starts_at_ms=starts_at_ms,
        video_codec=video,
        audio_codec=audio,
        width=tracks[VIDEO].width if video else None,
        height=tracks[VIDEO].height if video else None,
        seams_ms=tuple(copier.sound_begins_ms[1:]),
    )
    return _Written(part, files[1][0] if beside and beside.kept else None, copier.lost == 0)


def _copy(
    group: Group, files: Sequence[tuple[Path, Container]], limits: MediaBudget, skip_us: int
) -> tuple[_Copier, _Copier | None]:
    """Copy segments into the first file, and their sound into the second, if there is one. `skip_us` is left out."""
    templates = {kind: path for path, facts in reversed(group) for kind in facts.tracks}
    start_us = -skip_us
    with ExitStack() as closed:
        outputs = [closed.enter_context(Output(*each)) for each in files]
        with ExitStack() as opened:
            sources = {source: opened.enter_context(OpenedSegment(source, limits)) for source in templates.values()}
            for output, kinds in zip(outputs, (sorted(templates, reverse=True), [AUDIO]), strict=False):
                for kind in kinds:  # Video must come before audio.
                    output.add_track(kind, sources[templates[kind]])
                output.start()
        copier = _Copier(outputs[0], Beginning() if skip_us else None)
        beside = _Copier(outputs[1]) if outputs[1:] else None
        for source, facts in group:
            copier.copy(source, facts, start_us, limits, beside)
            start_us += facts.duration_ms * 1000
    return copier, beside


def _keep_sound_of_the_longest(written: Sequence[_Written]) -> Path | None:
    """Rename and return the sound file of the longest part, and delete the sound files of the other parts."""
    longest = max(written, key=lambda each: each.part.duration_ms).sound
    for each in written:
        if each.sound and each.sound != longest:
            each.sound.unlink()
    return longest.replace(longest.with_stem(SOUND)) if longest else None


class Beginning:
    """Chooses the packets of a file whose beginning is left out. Times are microseconds from the new beginning."""

    def __init__(self) -> None:
        self._picture_us: int | None = None
        """The time of the first picture that is kept: a key frame, because no other can be shown by itself."""

    def keeps(self, kind: str, time_us: int, *, is_key: bool) -> bool:
        """Return whether a packet belongs to the file. Call it for each packet, in file order."""
        if kind == VIDEO and self._picture_us is None and is_key and time_us >= 0:
            self._picture_us = time_us
        if kind == VIDEO:
            return self._picture_us is not None and time_us >= self._picture_us
        return time_us >= 0


class _Copier:
    """Writes the packets of several segments into one file, each packet at its time."""

    def __init__(self, out: Output, beginning: Beginning | None = None):
        self.out = out
        self._beginning = beginning
        self.clocks = {kind: OutputClock(base) for kind, base in out.bases.items()}
        self.kept = self.lost = 0
        self.sound_begins_ms: list[int] = []
        """For each segment with sound, the time in the file at which its sound begins."""

    def copy(self, path: Path, facts: Probe, start_us: int, limits: MediaBudget, beside: _Copier | None) -> None:
        """Copy every packet of the tracks in `facts`, and the sound also into the file of `beside`.

        Packets that the muxer refuses are skipped and counted in `lost`.
        """
        shift = start_us + facts.shift_us
        made_up = (time + shift for time in facts.decode_times_us)
        awaits_sound = True
        with OpenedSegment(path, limits) as segment:
            for kind, packet, time in segment.packets():
                if kind not in facts.tracks:
                    continue
                decode_time = next(made_up, None) if kind == VIDEO else None
                if self._beginning and not self._beginning.keeps(kind, time + shift, is_key=packet.is_keyframe):
                    continue
                moment = PacketTimes(packet.pts, packet.dts, packet.duration or 0, segment.bases[kind])
                moved = self.put(kind, packet, moment, time + shift, decode_time)
                if kind == AUDIO and awaits_sound:
                    awaits_sound = False
                    self.sound_begins_ms.append(rescale(moved.shown or 0, moved.base, MILLISECOND))
                if kind == AUDIO and beside is not None:
                    beside.put(kind, packet, moment, time + shift)

    def put(
        self, kind: str, packet: Any, moment: PacketTimes, time_us: int, decode_time_us: int | None = None
    ) -> PacketTimes:
        """Write a packet and return its times in the file."""
        moved = self.clocks[kind].move(moment, time_us, decode_time_us)
        is_kept = self.out.put(kind, packet, moved)
        self.kept += is_kept
        self.lost += not is_kept
        return moved
