"""A spoken sentence with the times of its words and phonemes, at 16 kHz, as Whisper requires."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import av
import numpy as np

from tools.demo_model.grammar import words_of
from tools.demo_model.speaking import Voice

SAMPLE_RATE = 16_000

BASE_VOICES = {"en-us": 0.42, "en": 0.30, "en-gb-scotland": 0.16, "en-gb-x-rp": 0.12}
"""The accents in the training, with their shares. "en" is espeak-ng's name for British English."""

VARIANTS = ("m1", "m2", "m3", "m4", "m5", "m7", "f1", "f2", "f3", "f5")
"""The timbres in the training. "m6" and "f4" are reserved for the evaluation."""


@dataclass(frozen=True, slots=True)
class Span:
    """A word or a phoneme. `start` and `end` are in samples at 16 kHz."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Utterance:
    """One sentence: int16 sound at 16 kHz, its words, and its phonemes. Names of pauses begin with "_"."""

    text: str
    sound: np.ndarray
    words: tuple[Span, ...]
    phonemes: tuple[Span, ...]


def utter(
    voice: Voice, text: str, name: str = "en-us", rate: int = 160, pitch: int = 50, pitch_range: int = 50
) -> Utterance:
    """Speak a sentence with one voice. `Voice.say` describes the units."""
    sound, word_events, phoneme_events = voice.say(text, name, rate, pitch, pitch_range)
    scale = SAMPLE_RATE / voice.sample_rate
    phonemes = _phonemes(phoneme_events, len(sound))
    words = _words(text, word_events, phonemes)
    return Utterance(
        text,
        _resample(sound, voice.sample_rate),
        tuple(_share_out([Span(word, int(start * scale), int(end * scale)) for word, start, end in words])),
        tuple(Span(phoneme, int(start * scale), int(end * scale)) for phoneme, start, end in phonemes),
    )


def _phonemes(events: list[tuple[str, int]], length: int) -> list[tuple[str, int, int]]:
    ends = [start for _, start in events[1:]] + [length]
    return [(name, start, end) for (name, start), end in zip(events, ends, strict=True) if end > start]


def _words(
    text: str, events: list[tuple[int, int]], phonemes: list[tuple[str, int, int]]
) -> list[tuple[str, int, int]]:
    """Return (word, first sample, last sample).

    A word lasts from its event to the end of its last phoneme before the next event.
    """
    begins: dict[int, int] = {}
    for place, sample in events:
        begins.setdefault(place, sample)
    starts: list[int] = []
    searched = 0
    words = words_of(text)
    for word in words:
        place = text.index(word, searched)
        searched = place + len(word)
        # espeak's dictionary has some pairs, such as "of the", as one entry, so the second word has no event.
        starts.append(begins.get(place + 1, starts[-1] if starts else 0))
    last = phonemes[-1][2] if phonemes else 0
    spans = []
    for word, start in zip(words, starts, strict=True):
        following = min((other for other in starts if other > start), default=last)
        voiced = [
            end for name, begin, end in phonemes if begin >= start - 1 and end <= following + 1 and name[:1] != "_"
        ]
        spans.append((word, start, max(voiced, default=following)))
    return spans


def _share_out(spans: list[Span]) -> list[Span]:
    """If several words have the same start, divide the time from their start to their end evenly among them."""
    edges = [index for index, span in enumerate(spans) if index == 0 or span.start != spans[index - 1].start]
    shared: list[Span] = []
    for first, after in pairwise([*edges, len(spans)]):
        group = spans[first:after]
        start, end = group[0].start, group[-1].end
        cuts = [start + (end - start) * part // len(group) for part in range(len(group) + 1)]
        shared += [Span(span.name, cuts[k], cuts[k + 1]) for k, span in enumerate(group)]
    return shared


def _resample(sound: np.ndarray, sample_rate: int) -> np.ndarray:
    frame = av.AudioFrame.from_ndarray(sound[None, :], format="s16", layout="mono")
    frame.sample_rate = sample_rate
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    parts = [part.to_ndarray()[0] for part in (*resampler.resample(frame), *resampler.resample(None))]
    return np.concatenate(parts)
