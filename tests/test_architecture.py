"""Every module follows the rules for layout and imports, and each rule detects a violation."""

from __future__ import annotations

import pytest

from tests import layers
from tests.architecture import Module, module_from, problems_of, read_modules

MODULES = read_modules()


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_keeps_the_rules(module: Module) -> None:
    assert not problems_of(module)


@pytest.mark.parametrize("room", layers.ROOMS)
def test_a_room_says_what_it_owns(room: str) -> None:
    assert f"app.{room}" in {module.name for module in MODULES}


def test_every_module_in_a_list_exists() -> None:
    known = {module.name for module in MODULES}
    listed = {*layers.LAYERS, *layers.MEDIA_READERS, *layers.MAY_TRANSACT, *layers.WEB_KERNEL}
    listed |= {*layers.GROUND_FLOOR, *(f"app.{name}" for name in layers.KERNEL)}
    assert not listed - known


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_module_named_after_a_layer_is_in_the_list_of_that_layer(module: Module) -> None:
    word = module.name.rsplit(".", 1)[-1].rsplit("_", 1)[-1]
    if word in ("routes", "commands", "pipeline", "forms", "models", "services"):
        assert module.layer == word or module.name in ("app.captions.speech.models", "app.typed_forms")


@pytest.mark.parametrize(
    ("name", "source", "problem"),
    [
        ("interviews.services", "from app.recording import services", "imports app.recording"),
        ("interviews.models", "def f():\n    import app.review.search.services", "imports app.review.search.services"),
        ("audit", "from app.accounts.models import StaffUser", "imports app.accounts"),
        ("recording.services", "from app import pipeline", "imports app.pipeline"),
        ("captions.services", "from app.captions.routes import blueprint", "imports app.captions.routes"),
        ("interviews.manage_forms", "from app.interviews import manage_services", "imports app.interviews.manage_serv"),
        ("recording.models", "from app.recording.forms import X", "imports app.recording.forms"),
        ("interviews.rules", "import os", "imports os"),
        ("interviews.rules", "from flask_babel import gettext", "imports flask_babel"),
        ("interviews.rules", "from app.interviews.models import Attempt", "app.interviews.models imports sqlalchemy"),
        ("captions.files.vtt", "import datetime\nx = datetime.datetime.now()", "calls now"),
        ("accounts.permissions", "x = open('y')", "calls open"),
        ("captions.speech.transcriber", "import faster_whisper", "before it is needed"),
        ("captions.services", "def f():\n    import faster_whisper", "imports faster_whisper"),
        ("recording.services", "import av", "imports av"),
        ("recording.pipeline", "import tempfile", "imports tempfile"),
        ("captions.question_media", "def f():\n    from tempfile import mkdtemp", "imports tempfile"),
        ("interviews.services", "from flask import session", "imports flask.session"),
        ("interviews.routes", "page = request.args.get('page', 1, int)", "reads a number with int"),
        ("interviews.routes", "page = request.args.get('page', type=int)", "reads a number with int"),
        ("interviews.services", "from app.transaction import transaction", "imports app.transaction"),
        ("interviews.services", "def f(session):\n    session.commit()", "uses .commit"),
        ("media.facts", "from app.recording.models import Take", "imports app.recording"),
        ("captions.shaping.lines", "from app.extensions import db", "imports app.extensions"),
        ("captions.speech.models", "import sqlalchemy", "imports sqlalchemy"),
        ("interviews.services", "x = 1\n" * 301, "has 301 lines"),
        ("interviews.helpers", '"""Odds and ends."""', "is called helpers"),
    ],
)
def test_violation_of_a_rule_is_found(name: str, source: str, problem: str) -> None:
    found = problems_of(module_from(f"app.{name}", source))
    assert any(problem in line for line in found), found


def test_allowed_import_is_not_reported() -> None:
    allowed = (
        '"""Routes may."""\n'
        "from flask import request, session\n"
        "from app import pipeline\n"
        "from app.recording import services\n"
        "from app.transaction import after_commit, transaction\n"
    )
    assert problems_of(module_from("app.interviews.manage_routes", allowed)) == []
    lazily = '"""Loads it late."""\ndef load():\n    from faster_whisper import WhisperModel\n'
    assert problems_of(module_from("app.captions.speech.transcriber", lazily)) == []
