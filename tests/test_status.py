"""The status page shows the speech model that makes the captions: its languages, its licence and its hash."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from huggingface_hub import constants

from app.accounts.models import Role
from app.config import DEMO_MODEL
from tests.factories import make_user, sign_in
from tests.page_check import CheckingClient

NO_PEOPLE = "This model does not understand people"


@pytest.fixture
def administrator(client: CheckingClient) -> CheckingClient:
    sign_in(client, make_user(Role.ADMINISTRATOR))
    return client


def facts_of_the_model(client: CheckingClient) -> list[str]:
    """Return the values of the list about the speech model, in order."""
    return [value.text for value in client.page("/status").select("dl.summary-list dd")]


def sha256(folder: Path) -> str:
    return hashlib.sha256((folder / "model.bin").read_bytes()).hexdigest()


def test_status_page_warns_about_the_demonstration_model(
    administrator: CheckingClient, use_config: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    use_config(whisper_model="auto", models_folder=str(tmp_path))
    page = administrator.page("/status").text
    assert "Demonstration only" in page
    assert NO_PEOPLE in page
    assert "flask --app wsgi model fetch" in page
    assert facts_of_the_model(administrator) == [
        "fairtake-demo", "Only a synthetic voice. It does not understand people.", "that of Fairtake", sha256(DEMO_MODEL),
    ]  # fmt: skip


def test_status_page_shows_licence_and_hash_of_a_downloaded_model(
    administrator: CheckingClient, use_config: Callable[..., None], tmp_path: Path
) -> None:
    base = tmp_path / "base"
    shutil.copytree(DEMO_MODEL, base)
    (base / "fairtake.json").unlink()
    use_config(whisper_model="auto", models_folder=str(tmp_path))
    assert NO_PEOPLE not in administrator.page("/status").text
    name, understands, licence, digest = facts_of_the_model(administrator)
    assert (name, licence) == ("base", "MIT (weights by OpenAI, converted by Systran)")
    assert understands.startswith("About 100 languages.")
    assert digest == sha256(base)
    (base / "model.bin").write_bytes(b"changed")
    assert facts_of_the_model(administrator)[-1] == sha256(base)


def test_status_page_shows_the_description_of_an_operators_model(
    administrator: CheckingClient, use_config: Callable[..., None], tmp_path: Path
) -> None:
    own = tmp_path / "own"
    shutil.copytree(DEMO_MODEL, own)
    (own / "fairtake.json").write_text(json.dumps({"name": "Cymraeg", "understands": "Welsh <b>"}))
    use_config(whisper_model=str(own))
    assert facts_of_the_model(administrator)[:3] == ["Cymraeg", "Welsh <b>", "Not stated"]
    (own / "fairtake.json").unlink()
    assert facts_of_the_model(administrator)[:3] == ["own", "Not stated", "Not stated"]


def test_status_page_says_that_a_model_is_missing(
    administrator: CheckingClient, use_config: Callable[..., None], tmp_path: Path
) -> None:
    use_config(whisper_model=str(tmp_path / "nowhere"))
    assert "Missing" in administrator.page("/status").text
    assert facts_of_the_model(administrator) == []
