"""An operator installs a speech model from a folder, an archive or packages."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from app.captions.speech import fetching
from app.captions.speech.download import ModelDownloadError
from app.captions.speech.fetching import ProgressReport, fetch_known
from tests.captions.fetching.model_files import as_folder, files_in, nothing_is_there
from tests.captions.small_models import FILES, make_packages, small_model


def as_zip(tmp_path: Path) -> Path:
    given = tmp_path / "given.zip"
    with zipfile.ZipFile(given, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in FILES.items():
            archive.writestr(f"faster-whisper/{name}", body)
    return given


def as_tar(tmp_path: Path) -> Path:
    given = tmp_path / "given.tar.gz"
    with tarfile.open(given, "w:gz") as archive:
        archive.add(as_folder(tmp_path), arcname="../elsewhere")
    return given


def as_packages(tmp_path: Path) -> Path:
    make_packages(tmp_path / "given")
    return tmp_path / "given"


@pytest.mark.parametrize("make", [as_folder, as_zip, as_tar, as_packages])
def test_an_operator_can_give_a_folder_an_archive_or_the_packages(
    tmp_path: Path, folder: Path, report: ProgressReport, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SOURCES", {})
    assert fetch_known(small_model(), folder, report, given=make(tmp_path))
    assert files_in(folder / "small-one") == FILES
    assert {path.name for path in tmp_path.iterdir()} <= {"models", "given", "given.zip", "given.tar.gz"}


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda given: (given / "model.bin").unlink(), "model.bin is missing"),
        (lambda given: (given / "model.bin").write_bytes(b"m" * 299_999), "model.bin is not the expected file"),
        (lambda given: (given / "model.bin").write_bytes(b"m" * 300_001), "model.bin is longer than the expected file"),
        (lambda given: (given / "model.bin").write_bytes(b""), "model.bin is not the expected file"),
        (lambda given: (given / "other.zip").write_bytes(b"PK not a zip"), "other.zip cannot be read"),
    ],
)
def test_a_given_folder_that_is_not_right_is_refused_and_says_what_is_wrong(
    tmp_path: Path, folder: Path, report: ProgressReport, damage: Any, words: str
) -> None:
    given = as_folder(tmp_path)
    damage(given)
    with pytest.raises(ModelDownloadError, match=words):
        fetch_known(small_model(), folder, report, given=given)
    assert nothing_is_there(folder, small_model())


@pytest.mark.parametrize("make", [as_zip, as_tar])
def test_an_archive_that_is_cut_short_is_refused(
    tmp_path: Path, folder: Path, report: ProgressReport, make: Any
) -> None:
    given = make(tmp_path)
    given.write_bytes(given.read_bytes()[: given.stat().st_size // 2])
    with pytest.raises(ModelDownloadError, match=r"cannot be read|is missing"):
        fetch_known(small_model(), folder, report, given=given)
    assert nothing_is_there(folder, small_model())
