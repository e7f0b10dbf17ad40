"""Installed speech models are found without the network. A missing model is downloaded only once."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from faster_whisper import utils
from huggingface_hub import constants

from app.captions.speech import download, models
from app.captions.speech.models import (
    REPOSITORIES,
    WANTED,
    ModelDownloadError,
    ModelOptions,
    ProgressReport,
    SpeechModelMissingError,
    fetch_model,
    find_model,
    model_is_present,
)
from app.config import DEMO_MODEL
from tests.captions.hub import serving
from tests.waiting import LONG_SECONDS

QUIET = ProgressReport(lambda _line: None, lambda _done, _total: None)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "hub"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    return folder


@pytest.fixture
def model_folder(tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(DEMO_MODEL, folder)
    return folder


def why_missing(name):
    with pytest.raises(SpeechModelMissingError) as caught:
        find_model(str(name))
    assert not model_is_present(str(name))
    assert str(caught.value) == f"{caught.value.problem} {caught.value.how_to_get}"
    return str(caught.value)


def test_model_names_equal_those_of_faster_whisper():
    assert REPOSITORIES == utils._MODELS


def test_the_demo_model_is_here_and_says_what_it_is():
    model = find_model(str(DEMO_MODEL))
    assert model_is_present(str(DEMO_MODEL))
    assert model.name == "fairtake-demo"
    assert "synthetic voice" in model.notice
    assert model.options.chunk_length == 10


def test_a_folder_without_a_description_is_named_after_itself_and_used_as_usual(model_folder):
    (model_folder / "fairtake.json").unlink()
    model = find_model(str(model_folder))
    assert (model.name, model.notice, model.options) == ("mine", None, ModelOptions())


def test_missing_named_model_is_reported_without_network(cache, monkeypatch):
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("the network was asked"))
    assert "flask --app wsgi model fetch" in why_missing("small")
    assert "flask --app wsgi model fetch" in why_missing("somebody/some-model")


def test_a_folder_that_is_not_there_or_lacks_a_file_says_which(tmp_path, model_folder):
    assert "There is no folder" in why_missing(tmp_path / "nowhere")
    assert "There is no folder" in why_missing("smal")
    assert "model.bin, config.json, tokenizer.json, vocabulary.json" in why_missing(tmp_path / "mine" / "..")
    (model_folder / "model.bin").write_bytes(b"")
    (model_folder / "tokenizer.json").unlink()
    assert "lacks model.bin, tokenizer.json." in why_missing(model_folder)


@pytest.mark.parametrize("said", ["{", "[]", '{"options": {"chunk_lenght": 10}}', '{"options": 3}'])
def test_a_description_that_cannot_be_read_is_named(model_folder, said):
    (model_folder / "fairtake.json").write_text(said)
    assert "fairtake.json" in why_missing(model_folder)


def test_looking_for_a_model_does_not_load_faster_whisper():
    code = (
        "import sys; from app.captions.speech.transcriber import model_is_present; "
        f"assert model_is_present({str(DEMO_MODEL)!r}); assert 'faster_whisper' not in sys.modules"
    )
    root = Path(models.__file__).parents[3]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)


def test_a_named_model_is_fetched_once_with_progress_and_then_found(cache, monkeypatch):
    told = []
    report = ProgressReport(lambda _line: None, lambda done, total: told.append((done, total)))
    with serving() as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        assert fetch_model("tiny", cache, report)
    assert not fetch_model("tiny", cache, report)
    wanted = 300_000 + 2 + 2 + 4
    assert told[-1] == (wanted, wanted)
    assert told == sorted(told)
    model = find_model("tiny")
    assert model.name == "tiny"
    assert {file.name for file in model.folder.iterdir()} == {
        "model.bin", "config.json", "tokenizer.json", "vocabulary.txt",
    }  # fmt: skip


def test_download_from_a_stalled_server_fails_and_leaves_no_partial_file(cache, monkeypatch):
    with serving(stalls=True) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        monkeypatch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", "25")
        with pytest.raises(ModelDownloadError, match="timeout: no data for 2 seconds"):
            download.download(REPOSITORIES["tiny"], WANTED, lambda *_: None, stalled_s=2)
    assert not list(cache.rglob("*.incomplete"))
    assert not model_is_present("tiny")


def test_a_download_ends_with_the_process_that_asked_for_it(cache):
    code = (
        "from app.captions.speech.download import download\n"
        f"if __name__ == '__main__': download({REPOSITORIES['tiny']!r}, {WANTED!r}, lambda *_: None)\n"
    )
    with serving(stalls=True) as address:
        environment = {**os.environ, "HF_ENDPOINT": address, "HF_HUB_CACHE": str(cache)}
        program = cache.parent / "fetch.py"
        program.write_text(code)
        environment["PYTHONPATH"] = str(Path(models.__file__).parents[3])
        fetching = subprocess.Popen([sys.executable, str(program)], env=environment)
        while not list(cache.rglob("*.incomplete")):
            assert fetching.poll() is None
            time.sleep(0.1)
        children = psutil.Process(fetching.pid).children(recursive=True)
        assert children
        fetching.kill()
        fetching.wait()
        assert not psutil.wait_procs(children, timeout=LONG_SECONDS)[1]


def test_unavailable_network_is_reported(cache, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(ModelDownloadError, match="Connect"):
            fetch_model("tiny", cache, QUIET)


@pytest.mark.parametrize("name", ["", "smal", "/tmp", "../base", "base/"])
def test_unknown_model_name_cannot_be_fetched(tmp_path, name):
    with pytest.raises(ModelDownloadError, match="is not the name of a model that can be fetched"):
        fetch_model(name, tmp_path, QUIET)


def test_files_of_a_model_that_is_not_in_the_list_are_not_taken_unproved(tmp_path):
    with pytest.raises(ModelDownloadError, match="FAIRTAKE_WHISPER_MODEL"):
        fetch_model("small", tmp_path, QUIET, given=tmp_path)


def test_a_model_in_the_folder_for_models_is_found_by_its_name_and_says_what_it_is(tmp_path, cache, model_folder):
    (model_folder / "fairtake.json").unlink()
    model_folder.rename(tmp_path / "base")
    found = find_model("base", tmp_path)
    assert (found.folder, found.name, found.notice) == (tmp_path / "base", "base", None)
    assert (found.understands, found.licence) == ("many languages", "MIT (weights by OpenAI, converted by Systran)")
    assert not model_is_present("base")
    assert not model_is_present("tiny.en", tmp_path)


def test_a_description_holds_every_option_that_it_may_ask_for(model_folder):
    asked = {"batched": False, "chunk_length": 20, "language": "cy", "beam_size": 1}
    (model_folder / "fairtake.json").write_text(json.dumps({"name": "Welsh", "options": asked}))
    assert find_model(str(model_folder)).options == ModelOptions(**asked)
