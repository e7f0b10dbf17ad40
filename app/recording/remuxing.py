"""From the segments of a take to the file that is kept: packets are copied, never encoded again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from app.recording.media import Output, Segment, probe
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
from app.recording.timeline import MILLISECOND, Moment, OutputClock, rescale


def remux(segments: Sequence[Path], folder: Path, limits: MediaLimits) -> Remuxed:
    """Copy the packets of the segments into as few files as they fit in, each with its duration and its index in front.

    A segment with nothing to keep is left out and named. Raises MediaRefused when nothing is left, or when all of it is
    longer than the limit.
    """
    probed, skipped = _probe_all(segments, limits)
    if sum(facts.duration_ms for _, facts in probed) > limits.duration_seconds * 1000:
        raise MediaRefused(Refusal.TOO_LONG, f"longer than {limits.duration_seconds} s")
    parts: list[Part] = []
    complete = not skipped and all(facts.is_intact for _, facts in probed)
    for number, group in enumerate(group_alike(probed)):
        starts_at = sum(part.duration_ms for part in parts)
        part, is_whole = _write_part(group, folder / f"part-{number}", starts_at, limits)
        parts.append(part)
        complete &= is_whole
    return Remuxed(tuple(parts), tuple(skipped), complete)


def sound_alone(part: Part, folder: Path, limits: MediaLimits) -> Path | None:
    """Copy the sound of a part into a file of its own; None for a part without picture or sound, or if that fails."""
    if part.video_codec is None or part.audio_codec is None:
        return None
    facts = probe(part.path, limits)
    heard = replace(facts, tracks={AUDIO: facts.tracks[AUDIO]})
    try:
        made, _ = _write_part([(part.path, heard)], folder / SOUND, 0, limits)
    except MediaRefused:
        return None  # the recording itself is good: it is kept, without this
    return made.path


def _probe_all(segments: Sequence[Path], limits: MediaLimits) -> tuple[list[tuple[Path, Probe]], list[Skipped]]:
    probed: list[tuple[Path, Probe]] = []
    refusals: list[tuple[int, MediaRefused]] = []
    for place, path in enumerate(segments):
        try:
            probed.append((path, probe(path, limits)))
        except MediaRefused as refusal:
            refusals.append((place, refusal))
    if not probed:
        raise refusals[0][1] if refusals else MediaRefused(Refusal.EMPTY, "no segments")
    return probed, [Skipped(place, refusal.code) for place, refusal in refusals]


def _write_part(
    group: Sequence[tuple[Path, Probe]], stem: Path, starts_at_ms: int, limits: MediaLimits
) -> tuple[Part, bool]:
    """Return the file made of segments that fit together, and whether every packet went into it."""
    templates = {kind: (path, facts.tracks[kind]) for path, facts in reversed(group) for kind in facts.tracks}
    tracks = {kind: track for kind, (_, track) in templates.items()}
    video, audio = tracks.get(VIDEO), tracks.get(AUDIO)
    codecs = (video.codec if video else None, audio.codec if audio else None)
    container = choose_container(*codecs, group[0][1].container)
    path = stem.with_suffix(SUFFIXES[container])
    start_us = 0
    with Output(path, container) as out:
        with ExitStack() as opened:
            paths = {source for source, _ in templates.values()}
            sources = {source: opened.enter_context(Segment(source, limits)) for source in paths}
            for kind in sorted(templates, reverse=True):  # Video before audio.
                out.add_track(kind, sources[templates[kind][0]])
        out.start()
        copier = _Copier(out)
        for source, facts in group:
            copier.copy(source, facts, start_us, limits)
            start_us += facts.duration_ms * 1000
    if not copier.kept:
        raise MediaRefused(Refusal.DAMAGED, "no packet of it makes sense")
    part = Part(
        path=path,
        container=container,
        duration_ms=start_us // 1000,
        starts_at_ms=starts_at_ms,
        video_codec=codecs[0],
        audio_codec=codecs[1],
        width=video.width if video else None,
        height=video.height if video else None,
        seams_ms=tuple(copier.sound_begins_ms[1:]),
    )
    return part, copier.lost == 0


class _Copier:
    """Puts packets of one segment after another into a file, each at its place in time."""

    def __init__(self, out: Output):
        self.out = out
        self.clocks = {kind: OutputClock(base) for kind, base in out.bases.items()}
        self.kept = self.lost = 0
        self.sound_begins_ms: list[int] = []
        """For each segment with sound, when its first sound comes in the file."""

    def copy(self, path: Path, facts: Probe, start_us: int, limits: MediaLimits) -> None:
        """Copy every packet of the tracks that are kept. One that the muxer refuses is counted and passed over."""
        shift = start_us + facts.shift_us
        made_up = (time + shift for time in facts.decode_times_us)
        awaits_sound = True
        with Segment(path, limits) as segment:
            for kind, packet, time in segment.packets():
                if kind not in facts.tracks:
                    continue
                moment = Moment(packet.pts, packet.dts, packet.duration or 0, packet.time_base)
                moved = self.clocks[kind].move(moment, time + shift, next(made_up, None) if kind == VIDEO else None)
                if kind == AUDIO and awaits_sound:
                    awaits_sound = False
                    self.sound_begins_ms.append(rescale(moved.shown or 0, moved.base, MILLISECOND))
                is_kept = self.out.put(kind, packet, moved)
                self.kept += is_kept
                self.lost += not is_kept
