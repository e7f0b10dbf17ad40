"""From the segments of a take to the file that is kept: packets are copied, never encoded again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.recording.media import Segment, probe
from app.recording.media_facts import (
    AUDIO,
    SOUND,
    VIDEO,
    MediaLimits,
    MediaRefused,
    Part,
    Probe,
    Refusal,
    Remuxed,
    Skipped,
    group_alike,
)
from app.recording.media_kinds import SUFFIXES, choose_container
from app.recording.media_writing import Output
from app.recording.timeline import MILLISECOND, Moment, OutputClock, rescale

TOO_MUCH = (Refusal.TOO_LONG, Refusal.TOO_COSTLY)
"""Why a whole take is refused for one of its segments: to read the others would cost more still."""


def remux(segments: Sequence[Path], folder: Path, limits: MediaLimits) -> Remuxed:
    """Copy the packets of the segments into as few files as they fit in, each with its duration and its index in front;
    and the sound of the longest into a file of its own, where there is a picture too.

    A segment with nothing to keep is left out and named. Raises MediaRefused when nothing is left, or when all of it is
    longer than the limit.
    """
    probed, skipped = _probe_all(segments, limits)
    if sum(facts.duration_ms for _, facts in probed) > limits.duration_seconds * 1000:
        raise MediaRefused(Refusal.TOO_LONG, f"longer than {limits.duration_seconds} s")
    written: list[_Written] = []
    for number, group in enumerate(group_alike(probed)):
        starts_at = sum(each.part.duration_ms for each in written)
        written.append(_write_part(group, folder, number, starts_at, limits))
    complete = not skipped and all(facts.is_intact for _, facts in probed) and all(each.is_whole for each in written)
    sound = _keep_sound_of_the_longest(written)
    return Remuxed(tuple(each.part for each in written), tuple(skipped), complete, sound)


def _probe_all(segments: Sequence[Path], limits: MediaLimits) -> tuple[list[tuple[Path, Probe]], list[Skipped]]:
    probed: list[tuple[Path, Probe]] = []
    refusals: list[tuple[int, MediaRefused]] = []
    for place, path in enumerate(segments):
        try:
            probed.append((path, probe(path, limits)))
        except MediaRefused as refusal:
            if refusal.code in TOO_MUCH:
                raise
            refusals.append((place, refusal))
    if not probed:
        raise refusals[0][1] if refusals else MediaRefused(Refusal.EMPTY, "no segments")
    return probed, [Skipped(place, refusal.code) for place, refusal in refusals]


@dataclass(frozen=True, slots=True)
class _Written:
    """A part, the file with its sound alone where it has a picture too, and whether every packet went into it."""

    part: Part
    sound: Path | None
    is_whole: bool


def _write_part(
    group: Sequence[tuple[Path, Probe]], folder: Path, number: int, starts_at_ms: int, limits: MediaLimits
) -> _Written:
    """Write the file made of segments that fit together, and in the same pass its sound without the picture."""
    templates = {kind: (path, facts.tracks[kind]) for path, facts in reversed(group) for kind in facts.tracks}
    tracks = {kind: track for kind, (_, track) in templates.items()}
    video, audio = tracks.get(VIDEO), tracks.get(AUDIO)
    codecs = (video.codec if video else None, audio.codec if audio else None)
    containers = [choose_container(*codecs, group[0][1].container)]
    paths = [folder / f"part-{number}{SUFFIXES[containers[0]]}"]
    if video and audio:
        containers.append(choose_container(None, audio.codec, group[0][1].container))
        paths.append(folder / f"{SOUND}-{number}{SUFFIXES[containers[1]]}")
    start_us = 0
    with ExitStack() as files:
        outputs = [files.enter_context(Output(*each)) for each in zip(paths, containers, strict=True)]
        with ExitStack() as opened:
            sources = {source: opened.enter_context(Segment(source, limits)) for source, _ in templates.values()}
            for output, kinds in zip(outputs, (sorted(templates, reverse=True), [AUDIO]), strict=False):
                for kind in kinds:  # Video before audio.
                    output.add_track(kind, sources[templates[kind][0]])
                output.start()
        copier = _Copier(outputs[0])
        beside = _Copier(outputs[1]) if outputs[1:] else None
        for source, facts in group:
            copier.copy(source, facts, start_us, limits, beside)
            start_us += facts.duration_ms * 1000
    if not copier.kept:
        raise MediaRefused(Refusal.DAMAGED, "no packet of it makes sense")
    part = Part(
        path=paths[0],
        container=containers[0],
        duration_ms=start_us // 1000,
        starts_at_ms=starts_at_ms,
        video_codec=codecs[0],
        audio_codec=codecs[1],
        width=video.width if video else None,
        height=video.height if video else None,
        seams_ms=tuple(copier.sound_begins_ms[1:]),
    )
    return _Written(part, paths[1] if beside and beside.kept else None, copier.lost == 0)


def _keep_sound_of_the_longest(written: Sequence[_Written]) -> Path | None:
    """Return the sound alone of the longest part, which is the one that is shown, under its name; the others go."""
    longest = max(written, key=lambda each: each.part.duration_ms).sound
    for each in written:
        if each.sound and each.sound != longest:
            each.sound.unlink()
    return longest.replace(longest.with_stem(SOUND)) if longest else None


class _Copier:
    """Puts packets of one segment after another into a file, each at its place in time."""

    def __init__(self, out: Output):
        self.out = out
        self.clocks = {kind: OutputClock(base) for kind, base in out.bases.items()}
        self.kept = self.lost = 0
        self.sound_begins_ms: list[int] = []
        """For each segment with sound, when its first sound comes in the file."""

    def copy(self, path: Path, facts: Probe, start_us: int, limits: MediaLimits, beside: _Copier | None) -> None:
        """Copy every packet of the tracks that are kept, the sound into the file `beside` too. One that the muxer refuses
        is counted and passed over.
        """
        shift = start_us + facts.shift_us
        made_up = (time + shift for time in facts.decode_times_us)
        awaits_sound = True
        with Segment(path, limits) as segment:
            for kind, packet, time in segment.packets():
                if kind not in facts.tracks:
                    continue
                moment = Moment(packet.pts, packet.dts, packet.duration or 0, segment.bases[kind])
                moved = self.put(kind, packet, moment, time + shift, next(made_up, None) if kind == VIDEO else None)
                if kind == AUDIO and awaits_sound:
                    awaits_sound = False
                    self.sound_begins_ms.append(rescale(moved.shown or 0, moved.base, MILLISECOND))
                if kind == AUDIO and beside is not None:
                    beside.put(kind, packet, moment, time + shift)

    def put(self, kind: str, packet: Any, moment: Moment, time_us: int, decode_time_us: int | None = None) -> Moment:
        """Write a packet at its time, and return the moment at which it is in the file."""
        moved = self.clocks[kind].move(moment, time_us, decode_time_us)
        is_kept = self.out.put(kind, packet, moved)
        self.kept += is_kept
        self.lost += not is_kept
        return moved
