"""Pictures of encoded recordings are upright, within the size limit, and keep their aspect ratio."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from app.media.facts import MediaBudget, MediaRefusedError, NeedsEncodingError, Refusal
from app.media.kinds import (
    Container,
)
from app.media.pictures import Size, first_picture
from app.media.remuxing import remux
from tests.media.encoding import CLIPS, LIMITS, encoded, pictures, prepare
from tests.media_factory import packets


def bright_side(picture: av.VideoFrame) -> str:
    """Return which of a picture's four edges is the brightest. An edge is a fifth of the picture."""
    light = picture.to_ndarray(format="gray").astype(float)
    rows, columns = light.mean(axis=1), light.mean(axis=0)
    fifths = {
        "top": rows[: len(rows) // 5], "bottom": rows[-len(rows) // 5 :],
        "left": columns[: len(columns) // 5], "right": columns[-len(columns) // 5 :],
    }  # fmt: skip
    return max(fifths, key=lambda side: float(fifths[side].mean()))


def half_lit(path: Path, rotation: int, size: tuple[int, int] = (160, 120)) -> Path:
    """Write a video whose stored frames have a white top half."""
    with av.open(str(path), "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=15)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        if rotation:
            stream.set_display_rotation(rotation)
        image = np.full((size[1] * 3 // 2, size[0]), 128, np.uint8)
        image[: size[1] // 2], image[size[1] // 2 : size[1]] = 235, 16
        for number in range(15):
            frame = av.VideoFrame.from_ndarray(image, "yuv420p")
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("rotation", "side", "is_upright"),
    [(0, "top", False), (-90, "right", True), (180, "bottom", False), (90, "left", True)],
)
def test_a_turned_film_is_shown_upright(tmp_path: Path, rotation: int, side: str, is_upright: bool) -> None:
    made = encoded(tmp_path, half_lit(tmp_path / "turned.mp4", rotation))
    shown = pictures(made.path)[-1]
    assert bright_side(shown) == side
    assert shown.rotation == 0
    assert (shown.width, shown.height) == ((120, 160) if is_upright else (160, 120))


def test_a_phone_that_was_turned_between_two_sessions_shows_both_upright(tmp_path: Path) -> None:
    level, turned = CLIPS / "phone_level.mp4", CLIPS / "phone_turned.mp4"
    (tmp_path / "copied").mkdir()
    with pytest.raises(NeedsEncodingError):
        remux([level, turned], tmp_path / "copied", LIMITS)
    shown = [found[0] for found in (first_picture(level, LIMITS), first_picture(turned, LIMITS)) if found]
    assert shown == [Size(320, 240), Size(240, 320)]
    made = encoded(tmp_path, level, turned)
    assert made.complete
    assert {(picture.width, picture.height) for picture in pictures(made.path)} == {(made.width, made.height)}
    assert [packets(path) for path in made.originals] == [packets(level), packets(turned)]


def test_two_sessions_turned_alike_are_copied_and_stay_turned(tmp_path: Path) -> None:
    made = prepare(tmp_path, CLIPS / "phone_turned.mp4", CLIPS / "phone_turned.mp4")
    assert made.only.container is Container.MP4
    assert pictures(made.path)[0].rotation == -90


def test_large_pictures_become_smaller_and_keep_their_shape(tmp_path: Path) -> None:
    made = encoded(tmp_path, half_lit(tmp_path / "large.mp4", -90, size=(1920, 1440)))
    assert (made.width, made.height) == (720, 960)


def test_a_picture_larger_than_may_be_decoded_is_refused(tmp_path: Path) -> None:
    source = half_lit(tmp_path / "large.mp4", 0, size=(640, 480))
    with pytest.raises(MediaRefusedError) as caught:
        encoded(tmp_path, source, limits=MediaBudget(encoded_pixels=320 * 240))
    assert caught.value.code in (Refusal.TOO_LARGE_DIMENSIONS, Refusal.DAMAGED)
