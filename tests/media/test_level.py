"""The sound level of a recording is measured once and stored with its file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from flask import Flask

from app import clock, pipeline
from app.extensions import db
from app.media.level import DIGITAL_SILENCE_DBFS, loudest_level, to_dbfs
from app.recording import processing
from app.recording.models import Media, Stage
from app.transaction import transaction
from tests.factories import make_uploaded_take


def samples(path: Path, values: object) -> Path:
    np.asarray(values, "<i2").tofile(path)
    return path


def test_the_level_is_that_of_all_but_the_loudest_thousandth(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(-3000, 3000, 16_000 * 90)
    noise[:5] = 32_767  # one loud sample, as from a click
    path = samples(tmp_path / "noise", noise)
    assert loudest_level(path) == pytest.approx(np.quantile(np.abs(noise) / 32_768, 0.999), abs=1e-4)
    assert to_dbfs(loudest_level(path)) == pytest.approx(-20.8, abs=0.1)


@pytest.mark.parametrize("values", [[], [0] * 5000], ids=["empty", "zeros"])
def test_silence_has_the_lowest_level(tmp_path: Path, values: list[int]) -> None:
    assert to_dbfs(loudest_level(samples(tmp_path / "silence", values))) == DIGITAL_SILENCE_DBFS


def test_full_scale_of_the_lowest_sample_is_no_error(tmp_path: Path) -> None:
    assert loudest_level(samples(tmp_path / "lowest", [-32_768] * 100)) == 1.0


def test_the_worker_keeps_the_level_with_the_file(app: Flask) -> None:
    take = make_uploaded_take()
    with transaction() as session:
        processing.add_stage(session, take.id, Stage.ASSEMBLE, now=clock.now())
    pipeline.run_stage("assemble", take.id)
    media = db.session.query(Media).one()
    assert media.level_dbfs is not None
    assert -60 < media.level_dbfs < 0
    assert media.codecs
