"""Draw pictures of a speaker: a plain room and a simple figure. The mouth and the level bars follow the voice.

The figure shows no real person. A shape is an array of each pixel's signed distance from its edge (negative inside),
which is converted to smooth edges.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tools.demo_model.utterances import SAMPLE_RATE

_DRAWN_WIDTH = 480
_ASPECT = 16 / 9

_WALL_TOP, _WALL_FOOT = (233, 226, 216), (207, 214, 214)
_SUN, _SKIN, _SKIN_SHADE, _HAIR = (245, 214, 168), (201, 148, 112), (180, 126, 93), (58, 44, 52)
_JUMPER, _COLLAR, _LEAF, _POT = (47, 111, 115), (236, 231, 220), (104, 142, 112), (190, 112, 84)
_INK, _MOUTH, _BAR, _TABLE = (45, 36, 42), (140, 66, 66), (47, 111, 115), (176, 141, 110)
_BARS = 21


@dataclass(frozen=True, slots=True)
class Moment:
    """The values that change between pictures: seconds since the start, and the recent levels of the voice (0 to 1)."""

    seconds: float
    levels: tuple[float, ...]


class Scene:
    """The scene in one picture size. The parts that never change are drawn only once."""

    def __init__(self, width: int = _DRAWN_WIDTH, height: int | None = None) -> None:
        """Prepare pictures of a size in pixels.

        Width and height must be even. Without a height, the aspect ratio is 16:9.
        """
        self.width, self.height = width, height or round(width / _ASPECT / 2) * 2
        unit = _DRAWN_WIDTH / width
        down, across = np.mgrid[0 : self.height, 0:width].astype(np.float32)
        self._x = (across - width / 2) * unit
        self._y = (down - self.height) * unit + 270  # the edge of the table stays at the bottom of the picture
        self._soft = unit
        self._room = self._draw_room()

    def draw(self, moment: Moment) -> np.ndarray:
        """Return one picture as uint8 (height, width, 3)."""
        picture = self._room.copy()
        self._draw_figure(picture, moment)
        self._fill(picture, self._box(0, 266, 250, 24, 6), _TABLE)
        self._draw_bars(picture, moment)
        return np.clip(picture, 0, 255).astype(np.uint8)

    def _draw_room(self) -> np.ndarray:
        share = np.clip(self._y / 270, 0, 1)[..., None]
        picture = np.array(_WALL_TOP, np.float32) * (1 - share) + np.array(_WALL_FOOT, np.float32) * share
        self._fill(picture, self._ellipse(0, 112, 104, 104), _SUN, 0.75)
        for lean, height in ((-26, 74), (-9, 92), (9, 88), (25, 68)):
            leaf = self._ellipse(176 + lean, 232 - height * 0.62, 11, height * 0.42, lean * 0.018)
            self._fill(picture, leaf, _LEAF, 0.92)
        self._fill(picture, self._box(176, 228, 24, 22, 8), _POT)
        return picture

    def _draw_figure(self, picture: np.ndarray, moment: Moment) -> None:
        breath = 1.6 * math.sin(moment.seconds * 1.5)
        sway = 2.2 * math.sin(moment.seconds * 0.7)
        level = moment.levels[-1]
        top = 108 + breath - 2.0 * level
        self._fill(picture, self._box(sway, top - 6, 52, 58, 50), _HAIR)
        self._fill(picture, self._box(0, 258 + breath, 98, 66, 58), _JUMPER)
        self._fill(picture, self._ellipse(sway * 0.4, 192 + breath, 33, 15), _COLLAR)
        self._fill(picture, self._box(sway * 0.6, 172 + breath, 17, 24, 14), _SKIN_SHADE)
        self._fill(picture, self._ellipse(sway, top + 6, 41, 50), _SKIN)
        fringe = np.maximum(self._ellipse(sway, top + 2, 45, 54), self._ellipse(sway + 22, top - 40, 66, 30, 0.22))
        self._fill(picture, fringe, _HAIR)
        closed = (moment.seconds % 3.7) < 0.14
        for side in (-1, 1):
            self._fill(picture, self._ellipse(sway + side * 16, top + 8, 4.2, 0.9 if closed else 4.6), _INK)
            self._fill(picture, self._box(sway + side * 16, top - 5 - 2 * level, 6.5, 1.2, 1.1), _INK, 0.7)
        self._fill(picture, self._ellipse(sway, top + 21, 3.6, 2.2), _SKIN_SHADE)
        smile = self._ellipse(
            sway, top + 29, 15, 5.5
        )  # cut from the upper edge of the mouth; less when the mouth is open
        mouth = self._ellipse(sway, top + 32, 12 - 3.5 * level, 3.4 + 6.5 * level)
        self._fill(picture, np.maximum(mouth, -smile - 9 * level), _MOUTH)

    def _draw_bars(self, picture: np.ndarray, moment: Moment) -> None:
        for index, level in enumerate(moment.levels[-_BARS:]):
            x = (index - (_BARS - 1) / 2) * 11
            self._fill(picture, self._box(x, 257, 2.6, 2.6 + 9 * level, 2.6), _COLLAR, 0.9)

    def _ellipse(self, x: float, y: float, wide: float, high: float, turn: float = 0.0) -> np.ndarray:
        across, down = self._x - x, self._y - y
        if turn:
            cos, sin = math.cos(turn), math.sin(turn)
            across, down = across * cos + down * sin, down * cos - across * sin
        return (np.hypot(across / wide, down / high) - 1) * min(wide, high)

    def _box(self, x: float, y: float, wide: float, high: float, corner: float) -> np.ndarray:
        """Return the signed distances to a rectangle with rounded corners, of half-width `wide` and half-height `high`."""
        across = np.abs(self._x - x) - wide + corner
        down = np.abs(self._y - y) - high + corner
        outside = np.hypot(np.maximum(across, 0), np.maximum(down, 0))
        return outside + np.minimum(np.maximum(across, down), 0) - corner

    def _fill(
        self, picture: np.ndarray, distance: np.ndarray, colour: tuple[int, int, int], strength: float = 1.0
    ) -> None:
        near = distance < self._soft
        rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
        if rows.size == 0:
            return
        part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        cover = (np.clip(0.5 - distance[part] / self._soft, 0, 1) * strength)[..., None]
        picture[part] += (np.array(colour, np.float32) - picture[part]) * cover


def moments(sound: np.ndarray, rate: int) -> list[Moment]:
    """Return one moment for each picture of a video at `rate` pictures per second, given its int16 sound at 16 kHz."""
    count = -(-len(sound) * rate // SAMPLE_RATE)
    edges = np.arange(count + 1) * SAMPLE_RATE // rate
    wave = np.pad(sound.astype(np.float32) / 32768, (0, max(0, int(edges[-1]) - len(sound))))
    energy = np.add.reduceat(wave**2, edges[:-1]) / np.diff(edges)
    loudness = np.clip(np.sqrt(energy) / 0.16, 0, 1)
    level, smooth = 0.0, [0.0] * _BARS
    for value in loudness:
        level += (float(value) - level) * (0.6 if value > level else 0.35)
        smooth.append(level)
    return [Moment(index / rate, tuple(smooth[index + 1 : index + 1 + _BARS])) for index in range(count)]
