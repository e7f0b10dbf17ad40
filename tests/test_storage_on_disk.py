"""Storage in a local folder: what is flushed to the disk, and what happens if the disk fails or is not mounted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.storage import LocalStorage, StorageUnavailableError


def test_removed_root_folder_is_not_created_again(tmp_path: Path) -> None:
    """The folder may be the mount point of an unmounted disk.

    Files written there would disappear when it is mounted again.
    """
    storage = LocalStorage(tmp_path / "disk")
    (tmp_path / "disk").rmdir()
    with pytest.raises(StorageUnavailableError):
        storage.put("parts/one", b"1")
    assert not (tmp_path / "disk").exists()


def test_unwritable_folder_is_reported(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    (tmp_path / "parts").write_bytes(b"a file where a folder should be")
    with pytest.raises(StorageUnavailableError):
        storage.put("parts/one", b"1")


def test_failed_write_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    storage = LocalStorage(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageUnavailableError):
        storage.put("parts/one", b"1")
    monkeypatch.undo()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_bytes_and_every_new_folder_are_flushed_to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[str] = []

    def note(descriptor: int) -> None:
        flushed.append(os.readlink(f"/proc/self/fd/{descriptor}").removeprefix(str(tmp_path)))

    storage = LocalStorage(tmp_path)
    monkeypatch.setattr(os, "fsync", note)
    storage.put("parts/ab/one", b"1")
    assert flushed[:2] == ["", "/parts"]
    assert flushed[2].startswith("/parts/ab/.one.")
    assert flushed[3:] == ["/parts/ab"]


def test_created_objects_need_one_flush_each_and_one_for_their_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []

    def note(descriptor: int) -> None:
        flushed.append(os.readlink(f"/proc/self/fd/{descriptor}").removeprefix(str(tmp_path)))

    storage = LocalStorage(tmp_path)
    monkeypatch.setattr(os, "fsync", note)
    for name in ("one", "two"):
        storage.create(f"parts/ab/{name}", b"1")()
    storage.flush_names(["parts/ab/one", "parts/ab/two"])
    first_use = ["", "/parts"]
    assert [path for path in flushed if path not in first_use] == ["/parts/ab/one", "/parts/ab/two", "/parts/ab"]
    assert flushed[:3] == ["", "/parts", "/parts"], "new folders, and again, because another process may have made one"
    assert LocalStorage(tmp_path).create("parts/ab/three", b"1")
    assert flushed[-1] == "/parts", "a process that finds a folder does not know whether it was flushed"


def test_created_object_that_cannot_be_written_or_flushed_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    storage = LocalStorage(tmp_path)
    for name, act in (
        ("write", lambda: storage.create("parts/one", b"1")),
        ("fsync", storage.create("parts/two", b"2")),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, full)
            with pytest.raises(StorageUnavailableError):
                act()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_names_in_a_folder_that_is_gone_cannot_be_flushed(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailableError):
        LocalStorage(tmp_path).flush_names(["parts/ab/one"])
