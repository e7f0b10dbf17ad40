"""`model fetch`, `model list` and `model check`, run as an operator would run them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from huggingface_hub import constants

from app.captions.speech import fetching, model_list
from tests.captions.small_models import FILES, digest

Run = Callable[..., Result]


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A folder with the files of a small model."""
    folder = tmp_path / "given"
    folder.mkdir()
    for name, body in FILES.items():
        (folder / name).write_bytes(body)
    return folder


@pytest.fixture(autouse=True)
def small_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make "base" the only listed model, with small files, and disconnect the network."""
    entries = [f'[base.files."{name}"]\nbytes = {len(body)}\nsha256 = "{digest(body)}"' for name, body in FILES.items()]
    about = '[base]\nrepository = "any/model"\nrevision = "main"\nunderstands = "many languages"\nlicence = "MIT"'
    listed = tmp_path / "known.toml"
    listed.write_text("\n".join([about, *entries]))
    monkeypatch.setattr(model_list, "LIST", listed)
    monkeypatch.setattr(fetching, "SOURCES", {})
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    model_list.known_models.cache_clear()
    yield
    model_list.known_models.cache_clear()


@pytest.fixture
def run(app: Flask, tmp_path: Path) -> Run:
    """Run a command in an installation that does not set a speech model."""
    app.config["FAIRTAKE"] = replace(
        app.config["FAIRTAKE"], whisper_model="auto", models_folder=str(tmp_path / "models")
    )
    return lambda *words: app.test_cli_runner().invoke(args=["model", *map(str, words)])


def test_fetch_brings_base_where_nothing_else_was_chosen(run: Run, given: Path, tmp_path: Path) -> None:
    done = run("fetch", "--from", given)
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[0] == f"Fetching base (0 MiB) from {given}."
    assert "Fetched base." in done.output
    assert {path.name for path in (tmp_path / "models" / "base").iterdir()} == set(FILES)
    assert run("fetch", "base").output == "base was already fetched.\n"


def test_fetch_says_what_is_wrong_and_how_to_do_without_a_network(run: Run, given: Path, tmp_path: Path) -> None:
    (given / "config.json").write_bytes(b"[]")
    refused = run("fetch", "base", "--from", given)
    assert refused.exit_code == 1
    assert "config.json is not the expected file and was refused" in refused.output
    assert "model fetch NAME --from PATH" in refused.output
    assert not (tmp_path / "models" / "base").exists()
    unknown = run("fetch", "enormous")
    assert unknown.exit_code == 1
    assert "enormous is not the name of a model" in unknown.output


def test_list_says_which_model_is_here_and_which_is_used(run: Run, given: Path) -> None:
    before = run("list").output
    assert "models/demo: fetched, in use" in before
    assert "base: not fetched; 0 MiB, understands many languages, MIT; model.bin has SHA-256 " in before
    run("fetch", "--from", given)
    after = run("list").output
    assert "base: fetched, in use; " in after
    assert "models/demo" not in after
    assert "large-v3: not fetched\n" in after


def test_check_proves_every_file_and_names_those_that_changed(run: Run, given: Path, tmp_path: Path) -> None:
    assert run("check", "base").exit_code == 1
    run("fetch", "--from", given)
    whole = run("check")
    assert whole.exit_code == 0
    assert (
        "is intact: every file has the expected SHA-256.\nIt understands: many languages. Licence: MIT." in whole.output
    )
    (tmp_path / "models" / "base" / "model.bin").write_bytes(b"m")
    damaged = run("check")
    assert damaged.exit_code == 1
    assert "is damaged: model.bin. Run: flask --app wsgi model fetch base" in damaged.output
    assert run("fetch", "--from", given).exit_code == 0
    assert run("check").exit_code == 0


def test_check_says_that_the_demonstration_model_understands_no_people(run: Run) -> None:
    said = run("check").output
    assert "has no known SHA-256" in said
    assert "It understands: synthetic voices. Licence: that of Fairtake." in said
    assert "It does not understand people" in said
