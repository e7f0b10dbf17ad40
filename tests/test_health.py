"""The health endpoints and their responses."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from huggingface_hub import constants

from app import create_app, health
from app.config import Config
from app.extensions import jobs
from tests.page_check import CheckingClient
from tests.personal_data import watched_redis


def test_healthz_is_ok_without_redis(client: CheckingClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}


def test_readyz_reports_unavailable_redis(client: CheckingClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json() == {
        "status": "away", "database": "ok", "redis": "away", "storage": "ok", "disk": "ok", "model": "ok"
    }  # fmt: skip


def test_readyz_is_ok_without_a_speech_model_and_names_it(
    app: Flask, tmp_path: Path, use_config: Callable[..., None]
) -> None:
    with watched_redis(tmp_path / "redis") as address:
        app.config["FAIRTAKE"] = replace(app.config["FAIRTAKE"], redis_url=address, whisper_model="nowhere")
        jobs.init_app(app)
        answer = app.test_client().get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json()["model"] == "missing"


def test_readyz_names_the_demonstration_model(
    client: CheckingClient, use_config: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    use_config(whisper_model="auto")
    assert client.get("/readyz").get_json()["model"] == "stand-in"


@pytest.mark.parametrize(
    ("free", "error", "state"),
    [
        (health.MIN_FREE_BYTES - 1, None, "full"),
        (10**12, OSError(errno.ENOSPC, "No space left on device"), "full"),
        (10**12, OSError(errno.EDQUOT, "Disk quota exceeded"), "full"),
        (10**12, OSError(errno.EROFS, "Read-only file system"), "not writable"),
    ],
)
def test_readyz_reports_a_full_disk(
    client: CheckingClient, monkeypatch: pytest.MonkeyPatch, free: int, error: OSError | None, state: str
) -> None:
    def write(*_arguments: object, **_options: object) -> object:
        assert error is not None
        raise error

    monkeypatch.setattr(health.shutil, "disk_usage", lambda _folder: SimpleNamespace(free=free))
    if error:
        monkeypatch.setattr(health.temporary, "unnamed_file", write)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["disk"] == state


def test_readyz_reports_an_unavailable_database(config: Config, tmp_path: Path) -> None:
    broken = create_app(replace(config, database_url=f"sqlite:///{tmp_path / 'no' / 'folder.db'}"))
    assert broken.test_client().get("/readyz").get_json()["database"] == "away"


def test_page_reports_an_unavailable_database(config: Config, tmp_path: Path) -> None:
    broken = create_app(replace(config, database_url=f"sqlite:///{tmp_path / 'no' / 'folder.db'}"))
    answer = broken.test_client().get("/i/sometoken")
    assert answer.status_code == 503
    text = answer.get_data(as_text=True)
    assert "Traceback" not in text
    assert "Not available at the moment" in text


def test_metrics_are_in_prometheus_format(client: CheckingClient) -> None:
    assert b"process_cpu_seconds_total" in client.get("/metrics").data
