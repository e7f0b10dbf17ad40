"""Packages of a speech model are downloaded by pip: interrupted downloads, an idle pip, no pip, and a wrong file."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.captions.speech.download import ModelDownloadError
from app.captions.speech.packages import download_packages
from tests.captions.small_models import make_packages, small_model


def fake_pip(tmp_path: Path, body: str) -> list[str]:
    """Return a fake pip that runs `body`.

    Its variables are `dest` (the folder for packages) and `wanted` (the line of the requested package).
    """
    program = tmp_path / "pip.py"
    program.write_text(
        "import shutil, sys, time\nfrom pathlib import Path\n"
        "dest = Path(sys.argv[sys.argv.index('--dest') + 1])\ndest.mkdir()\n"
        "wanted = Path(sys.argv[sys.argv.index('--requirement') + 1]).read_text()\n" + body
    )
    return [sys.executable, str(program)]


def test_a_download_that_is_cut_begins_again_and_keeps_the_packages_that_are_whole(tmp_path: Path) -> None:
    packages = make_packages(tmp_path / "index")
    listed = small_model(packages).packages
    whole, half = packages["voice-part1"], packages["voice-part2"]
    cut = fake_pip(
        tmp_path,
        f"if 'part1' in wanted:\n    shutil.copy({str(whole)!r}, dest)\n    sys.exit()\n"
        f"(dest / {half.name!r}).write_bytes(Path({str(half)!r}).read_bytes()[:1000])\n"
        "print('ERROR: Connection broken at http://user:secret@index.invalid/simple', file=sys.stderr)\nsys.exit(1)\n",
    )
    arrived: list[tuple[int, int]] = []
    kept = tmp_path / "kept"
    with pytest.raises(ModelDownloadError, match=r"Connection broken at …$"):
        download_packages(listed, kept, lambda done, total: arrived.append((done, total)), pip=cut)
    assert [path.name for path in kept.iterdir()] == [whole.name]
    only_the_other = fake_pip(tmp_path, f"assert 'part2' in wanted\nshutil.copy({str(half)!r}, dest)\n")
    found = download_packages(listed, kept, lambda done, total: arrived.append((done, total)), pip=only_the_other)
    assert [path.read_bytes() for path in found] == [whole.read_bytes(), half.read_bytes()]
    total = sum(package.size for package in listed)
    assert arrived[-1] == (total, total)


def test_idle_pip_is_ended(tmp_path: Path) -> None:
    listed = small_model(make_packages(tmp_path / "index")).packages
    asleep = fake_pip(tmp_path, "time.sleep(3600)\n")
    with pytest.raises(ModelDownloadError, match="timeout: no data for 1 seconds"):
        download_packages(listed, tmp_path / "kept", lambda *_: None, pip=asleep, stalled_s=1)
    assert list((tmp_path / "kept").iterdir()) == []


def test_python_without_pip_is_reported(tmp_path: Path) -> None:
    listed = small_model(make_packages(tmp_path / "index")).packages
    none = [sys.executable, "-c", "import sys; sys.exit('No module named pip')"]
    with pytest.raises(ModelDownloadError, match="pip is not installed with this Python"):
        download_packages(listed, tmp_path / "kept", lambda *_: None, pip=none)


def test_a_file_that_pip_did_not_check_is_checked_here(tmp_path: Path) -> None:
    listed = small_model(make_packages(tmp_path / "index")).packages
    careless = fake_pip(tmp_path, "(dest / 'voice_part1-1.0-py3-none-any.whl').write_bytes(b'anything')\n")
    with pytest.raises(ModelDownloadError, match=r"voice-part1==1.0 is not the expected file and was refused"):
        download_packages(listed, tmp_path / "kept", lambda *_: None, pip=careless)
