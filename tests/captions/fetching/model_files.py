"""The files of a speech model: the content of a folder, and a folder provided by an operator."""

from __future__ import annotations

from pathlib import Path

from app.captions.speech.model_list import KnownModel
from tests.captions.small_models import FILES


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder and their contents."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def left_in(folder: Path) -> set[str]:
    """Return the file names in the folder for models, without lock files."""
    return {path.name for path in folder.iterdir() if not path.name.endswith(".lock")}


def nothing_is_there(folder: Path, model: KnownModel) -> bool:
    """Return whether the folder of the model does not exist."""
    return not (folder / model.name).exists()


def as_folder(tmp_path: Path) -> Path:
    """Make a folder with the files of the small model."""
    given = tmp_path / "given"
    given.mkdir()
    for name, body in FILES.items():
        (given / name).write_bytes(body)
    return given
