"""Temporary files are in one folder, deleted when their process ends or is killed, and erased with the person they are
about.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flask import Flask

from app import housekeeping, temporary
from app.audit import Actor
from app.compliance import erasure_run
from app.config import Config
from tests.factories import NOON, make_uploaded_take

KILLED = """
import fcntl, os, pathlib, sys
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, mode=0o700)
fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_EX)
(folder / "segment-0").write_bytes(b"a recording")
os._exit(9)
"""
"""A program that leaves a folder like that of a worker killed while assembling: its lock ended with the process."""


def leave(owner: str, *, age_seconds: float = 3600) -> Path:
    folder = temporary.root() / owner / "left"
    subprocess.run([sys.executable, "-c", KILLED, str(folder)], check=False)
    old = time.time() - age_seconds
    os.utime(folder, (old, old))
    return folder


def test_workspace_is_private_and_deleted_afterwards(app: Flask, config: Config) -> None:
    with temporary.workspace("a" * 26) as folder:
        (folder / "file").write_bytes(b"x")
        modes = [path.stat().st_mode & 0o777 for path in (folder, folder.parent, temporary.root())]
        assert modes == [0o700] * 3
        assert folder.is_relative_to(config.temporary_root)
    assert list(temporary.root().iterdir()) == []


def test_folder_that_others_can_open_becomes_private(app: Flask, config: Config) -> None:
    config.temporary_root.mkdir(mode=0o755)
    assert temporary.root().stat().st_mode & 0o777 == 0o700


def test_files_of_a_killed_process_are_swept_and_files_in_use_stay(app: Flask) -> None:
    left = leave("a" * 26)
    with temporary.workspace("b" * 26) as used:
        old = time.time() - 3600
        os.utime(used, (old, old))
        assert temporary.sweep() == 1
        assert used.is_dir()
    assert not left.parent.exists()


def test_new_folder_is_not_swept_before_its_process_locks_it(app: Flask) -> None:
    left = leave("a" * 26, age_seconds=1)
    assert temporary.sweep() == 0
    assert left.is_dir()


def test_old_files_of_libraries_are_swept(app: Flask) -> None:
    stray = temporary.root() / "tmp1234"
    stray.write_bytes(b"x")
    assert temporary.sweep() == 0
    os.utime(stray, (0, 0))
    assert temporary.sweep() == 1


def test_sweeper_deletes_old_temporary_files(app: Flask) -> None:
    left = leave("a" * 26)
    housekeeping.sweep_temporary_files(NOON)
    assert not left.exists()


def test_erasure_deletes_temporary_files_of_a_killed_worker(app: Flask) -> None:
    take = make_uploaded_take()
    left = leave(take.id, age_seconds=1)
    other = leave("b" * 26, age_seconds=1)
    erasure_run.erase(take.attempt.invitation_id, actor=Actor("staff", "x" * 26), now=NOON)
    assert (left.exists(), other.exists()) == (False, True)


@pytest.mark.parametrize("owner", ["", "..", "a/b", "A", "a" * 65, "\0"])
def test_no_owner_leads_out_of_the_folder(app: Flask, owner: str) -> None:
    with pytest.raises(ValueError, match="not the owner"), temporary.workspace(owner):
        pass


def test_links_are_not_followed(app: Flask, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "folder").mkdir(parents=True)
    (temporary.root() / "link").symlink_to(outside)
    (temporary.root() / "owner").mkdir()
    (temporary.root() / "owner" / "link").symlink_to(outside / "folder")
    temporary.sweep()
    temporary.erase("link")
    assert (outside / "folder").is_dir()
