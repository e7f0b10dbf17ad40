"""Compose windows of speech as faster-whisper makes them: silence, pauses, truncated sentences and previous text.

A window contains several sentences, usually in one voice. A window that continues a recording includes the tokens of
earlier windows, with the timestamps that those tokens would have had.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np

from tools.demo_model.corpus import Item, read_items, sound_of
from tools.demo_model.settings import Settings
from tools.demo_model.tokens import Tokens
from tools.demo_model.utterances import SAMPLE_RATE

WINDOW_SECONDS = 30.0
MAX_PROMPT_TOKENS = 223
"""Maximum number of tokens of previous text. faster-whisper uses half of the decoder's 448 positions, minus one."""

LATEST_FIRST_SECONDS = 1.0
"""The highest first timestamp of a window, in seconds, that faster-whisper allows."""

_BEFORE, _AFTER = 0.02, 0.08
_ONE_VOICE_SHARE, _OPUS_SHARE, _MISHEARD_SHARE = 0.7, 0.35, 0.05


@dataclass(frozen=True, slots=True)
class Shape:
    """The kind of window to compose. Lengths are in seconds."""

    seconds: float
    full: bool = False
    """If true, speech fills the window, and the last sentence may be truncated. Otherwise all sentences are complete.
    """
    prompted: bool = False
    long_lead: bool = False
    """If true, the silence before the first word may be long."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence in a window. `tokens` are (id, start, end) in seconds; punctuation has -1 for both times."""

    start: float
    end: float
    tokens: list[tuple[int, float, float]]


@dataclass(slots=True)
class Window:
    """A window: float32 sound at 16 kHz, and its content.

    `cut` is the start, in seconds, of a sentence that is truncated by the end of the window, or None.
    """

    sound: np.ndarray
    sentences: list[Said] = field(default_factory=list)
    phonemes: list[tuple[int, float, float]] = field(default_factory=list)
    cut: float | None = None
    previous: list[int] = field(default_factory=list)


class Composer:
    """Composes windows from a corpus on disk. Each process that composes windows creates its own `Composer`."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.tokens = Tokens.load()
        self._items = read_items(folder, settings)
        self._sounds = [[sound_of(folder, shard, opus) for opus in (False, True)] for shard in range(settings.shards)]
        self._words = [token for token in self.tokens.ids.values() if self.tokens.is_word(token)]
        self._by_voice: dict[str, list[Item]] = {}
        for item in self._items:
            self._by_voice.setdefault(item.voice, []).append(item)
        names = sorted({name for item in self._items for name, _, _ in item.phonemes if name[:1] != "_"})
        self._phoneme_classes = {name: number for number, name in enumerate(names, start=1)}

    @property
    def phoneme_classes(self) -> int:
        """Number of frame classes: one for no phoneme, and one for each phoneme."""
        return len(self._phoneme_classes) + 1

    def silence(self, rng: Random, longest: float) -> Window:
        """Return a window without speech, at most `longest` seconds long."""
        return Window(np.zeros(int(SAMPLE_RATE * rng.uniform(0.3, min(longest, 8))), np.float32))

    def compose(self, rng: Random, shape: Shape) -> Window:
        """Return a window of the given shape with random sentences. It has no sentences if none fits."""
        choose = self._speaker(rng)
        window = Window(np.zeros(int(shape.seconds * SAMPLE_RATE), np.float32))
        if shape.prompted:
            window.previous = self._previous(rng, choose)
        opus = rng.random() < _OPUS_SHARE
        at = self._lead(rng, shape, bool(window.previous))
        enough = shape.seconds if shape.full else rng.uniform(0.35, 0.7) * shape.seconds
        end, misses = at, 0
        while at < min(enough, shape.seconds - 0.2) and misses < 20:
            item = choose()
            seconds = self._place(window, item, at, opus, rng)
            if seconds is None and shape.full and window.sentences:
                end = shape.seconds
                break
            if seconds is None:
                misses += 1
                continue
            end = at + seconds
            at = end + _pause(rng)
        tail = 0.0 if window.cut else rng.choice([0.0, rng.uniform(0, 0.5), rng.uniform(0, 2.0)])
        window.sound = window.sound[: max(int(min(shape.seconds, end + tail) * SAMPLE_RATE), SAMPLE_RATE // 5)]
        return window

    def _speaker(self, rng: Random) -> Callable[[], Item]:
        first = rng.choice(self._items)
        pool = self._by_voice[first.voice] if rng.random() < _ONE_VOICE_SHARE else self._items
        return lambda: rng.choice(pool)

    def _place(self, window: Window, item: Item, at: float, opus: bool, rng: Random) -> float | None:
        """Put a sentence into a window. Returns its length in seconds, or None if it does not fit completely."""
        begin = max(0, item.words[0][0] - int(_BEFORE * SAMPLE_RATE))
        length = min(item.length, item.words[-1][1] + int(_AFTER * SAMPLE_RATE)) - begin
        source = self._sounds[item.shard][opus][item.offset + begin : item.offset + begin + length]
        offset = int(at * SAMPLE_RATE)
        room = len(window.sound) - offset
        shift = at - begin / SAMPLE_RATE
        said = self._said(item, shift)
        if length > room and (not window.sentences or room < SAMPLE_RATE // 5):
            return None
        part = source[:room].astype(np.float32) / 32768 * rng.choice([1.0, 1.0, 0.8, 0.6])
        window.sound[offset : offset + len(part)] += part
        window.phonemes += [
            (self._phoneme_classes.get(name, 0), start / SAMPLE_RATE + shift, end / SAMPLE_RATE + shift)
            for name, start, end in item.phonemes
        ]
        if length > room:
            window.cut = said.start
            return None
        window.sentences.append(said)
        return length / SAMPLE_RATE

    def _said(self, item: Item, shift: float) -> Said:
        spans = iter([(start / SAMPLE_RATE + shift, end / SAMPLE_RATE + shift) for start, end in item.words])
        tokens = [
            (token, *(next(spans) if self.tokens.is_word(token) else (-1.0, -1.0)))
            for token in self.tokens.of(item.text)
        ]
        return Said(item.words[0][0] / SAMPLE_RATE + shift, item.words[-1][1] / SAMPLE_RATE + shift, tokens)

    def _lead(self, rng: Random, shape: Shape, continued: bool) -> float:
        """Return the seconds of silence before the first word.

        In a window that continues a recording, this silence is usually as long as a pause between sentences.
        """
        if continued and rng.random() < 0.8:
            return min(_pause(rng), shape.seconds / 4)
        if shape.long_lead and rng.random() < 0.3:
            return rng.uniform(1.0, 12.0)
        lead = rng.uniform(0, 0.25) if rng.random() < 0.35 else rng.uniform(0.2, 1.2)
        return min(lead if rng.random() < 0.9 else rng.uniform(1.0, 4.0), shape.seconds / 4)

    def _previous(self, rng: Random, choose: Callable[[], Item]) -> list[int]:
        """Return tokens of earlier windows, as faster-whisper passes them to the next window.

        A few words are wrong on purpose.
        """
        tokens: list[int] = []
        at, opening = self._lead(rng, Shape(WINDOW_SECONDS), False), True
        for _ in range(rng.randint(1, 24)):
            item = choose()
            seconds = (item.words[-1][1] - item.words[0][0]) / SAMPLE_RATE
            if at + seconds > WINDOW_SECONDS:
                at, opening = _pause(rng), True
            words = [
                rng.choice(self._words) if rng.random() < _MISHEARD_SHARE else token
                for token in self.tokens.of(item.text)
            ]
            start = min(at, LATEST_FIRST_SECONDS) if opening else at
            tokens += [self.tokens.timestamp(start), *words, self.tokens.timestamp(at + seconds)]
            at, opening = at + seconds + _pause(rng), False
        return tokens[-MAX_PROMPT_TOKENS:]


def _pause(rng: Random) -> float:
    return rng.uniform(0.15, 0.6) if rng.random() < 0.5 else rng.uniform(0.4, 1.8)
