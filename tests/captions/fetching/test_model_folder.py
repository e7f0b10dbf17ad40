"""The folder of a speech model: incomplete files, two downloads at once, and full disks."""

from __future__ import annotations

import errno
import fcntl
import shutil
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.captions.speech import bundles, fetching
from app.captions.speech.download import ModelDownloadError
from app.captions.speech.fetching import ProgressReport, alone, fetch_known, is_being_fetched
from tests.captions.fetching.model_files import as_folder, files_in, left_in, nothing_is_there
from tests.captions.small_models import FILES, small_model


def test_complete_files_of_a_killed_download_are_used_and_incomplete_ones_replaced(
    tmp_path: Path, folder: Path, report: ProgressReport
) -> None:
    left = folder / ".small-one.partial" / "files"
    left.mkdir(parents=True)
    (left / "model.bin").write_bytes(FILES["model.bin"])
    (left / "config.json").write_bytes(b"{")
    (left / "tokenizer.json.incomplete").write_bytes(b"{")
    given = as_folder(tmp_path)
    (given / "model.bin").unlink()
    assert fetch_known(small_model(), folder, report, given=given)
    assert files_in(folder / "small-one") == FILES


def test_a_damaged_model_is_replaced_and_a_whole_one_is_left_alone(
    tmp_path: Path, folder: Path, report: ProgressReport
) -> None:
    given = as_folder(tmp_path)
    shutil.copytree(given, folder / "small-one")
    assert not fetch_known(small_model(), folder, report, given=tmp_path)
    (folder / "small-one" / "model.bin").write_bytes(b"m")
    (folder / "small-one" / "mine.txt").write_bytes(b"")
    assert fetch_known(small_model(), folder, report, given=given)
    assert files_in(folder / "small-one") == FILES
    assert left_in(folder) == {"small-one"}


def test_two_fetches_at_once_bring_it_once_and_both_find_it(tmp_path: Path, folder: Path) -> None:
    given = as_folder(tmp_path)
    said: list[str] = []
    results: list[bool] = []
    with alone(folder, "small-one", lambda: None):
        assert is_being_fetched(folder, "small-one")
        threads = [
            threading.Thread(
                target=lambda: results.append(
                    fetch_known(small_model(), folder, ProgressReport.in_lines(said.append), given=given)
                )
            )
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        while len(said) < 2:
            time.sleep(0.01)
    for thread in threads:
        thread.join()
    assert said[:2] == ["Another process is fetching small-one. Waiting for it."] * 2
    assert sorted(results) == [False, True]
    assert files_in(folder / "small-one") == FILES
    assert not is_being_fetched(folder, "small-one")


def test_asking_whether_a_model_is_being_fetched_does_not_block_a_fetch(folder: Path) -> None:
    assert not is_being_fetched(folder, "small-one")
    with alone(folder, "small-one", lambda: None):
        pass
    with (folder / ".small-one.lock").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        assert not is_being_fetched(folder, "small-one")


def test_a_full_disk_is_said_before_anything_is_fetched(
    tmp_path: Path, folder: Path, report: ProgressReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _folder: SimpleNamespace(free=1000))
    with pytest.raises(ModelDownloadError, match=r"there is not enough space in .*models: 0 MiB are needed"):
        fetch_known(small_model(), folder, report, given=as_folder(tmp_path))
    assert nothing_is_there(folder, small_model())


def test_a_disk_that_fills_up_meanwhile_leaves_no_half_file(
    tmp_path: Path, folder: Path, report: ProgressReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(bundles.os, "fsync", full)
    with pytest.raises(ModelDownloadError, match=r"there is not enough space in .*: No space left on device"):
        fetch_known(small_model(), folder, report, given=as_folder(tmp_path))
    assert nothing_is_there(folder, small_model())
    assert not list(folder.rglob("*.incomplete"))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, report: ProgressReport) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ModelDownloadError, match=r"file/models cannot be written \(Not a directory\)"):
        fetch_known(small_model(), tmp_path / "file" / "models", report, given=tmp_path)
