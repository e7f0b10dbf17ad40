"""Searches for personal data after the last test: in every file of the temporary folder of the run.

This includes logs, temporary files and the append-only files of Redis servers, which contain everything that was ever
put into them. Databases and media folders are left out, because personal data belongs there. With several test
processes, the first one searches the folders of all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.personal_data import AnswerTexts, leak_in

DATABASES = (".db", ".db-wal", ".db-shm", ".db-journal")
MEDIA = "media"
TEXTS_FILE = "texts-of-answers.json"
NAMED = 20
"""Maximum number of files that are named."""


@pytest.fixture(scope="session", autouse=True)
def list_texts_of_answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Write the answers that this process made into a file, because another process searches for them."""
    yield
    AnswerTexts.write(tmp_path_factory.getbasetemp() / TEXTS_FILE)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run if a file contains personal data, and name the file."""
    config: Any = session.config
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    leaks = leaks_in(config._tmp_path_factory.getbasetemp())
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if not leaks:
        return
    session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if terminal is not None:
        terminal.write_sep("=", "personal data outside its place", red=True)
        for line in leaks[:NAMED]:
            terminal.write_line(line)


def leaks_in(folder: Path) -> list[str]:
    """Return a line for each file with personal data: its path, and the beginning of what was found."""
    texts = AnswerTexts.read(folder.rglob(TEXTS_FILE))
    leaks = []
    for path in sorted(_files(folder)):
        with suppress(FileNotFoundError):  # a process that is ending may still delete its files
            if found := leak_in(path, texts):
                leaks.append(f"{path}: {found}")
    return leaks


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != MEDIA]
        for name in names:
            path = Path(parent, name)
            is_plain = path.is_file() and not path.is_symlink()
            if is_plain and name != TEXTS_FILE and not name.endswith(DATABASES):
                yield path
