"""Scripts and templates agree on names: every name that a script needs is provided, and every provided name is used."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from app.captions.editing import Advice
from app.recording.sentences import TABLES
from tests.script_names import (
    APP,
    SCRIPTS,
    TEMPLATES,
    arguments,
    calls_of_text,
    is_named,
    kebab,
    literals,
    modules_of,
    script,
    sentences,
)

STRINGS = "recording/_strings.html"
RECORDER = ("first_strings", *(table for tables in TABLES.values() for table in tables))
GIVEN = {
    "recorder": {name: text for table in RECORDER for name, text in sentences(STRINGS, table).items()},
    "journey": sentences(STRINGS, "upload_strings"),
    "sent": sentences("interviews/sent.html"),
    "device_check": {
        name: text
        for table in ("first_strings", "problem_strings", "device_strings")
        for name, text in sentences(STRINGS, table).items()
    },
    "caption_editor": sentences("captions/editor.html"),
}
"""For each page, the sentences that its template gives to its script."""
SERVER_DATA = {"mode", "kinds", "may_record"}
"""Data in recorder pages that templates use and scripts do not."""


def code_of(page: str) -> str:
    return "\n".join(script(path) for path in modules_of(page))


@pytest.mark.parametrize("page", GIVEN)
def test_page_provides_every_sentence_that_its_script_needs(page: str) -> None:
    missing = [
        said.names
        for said in calls_of_text(code_of(page))
        if not any(is_named(name, said.names) for name in GIVEN[page])
    ]
    plain = {name for said in calls_of_text(code_of(page)) for name in said.names if re.fullmatch(r"\w+", name)}
    assert missing == []
    assert plain - set(GIVEN[page]) == set()


def test_script_uses_every_sentence_that_a_page_provides() -> None:
    used = {
        page: literals(code_of(page)).union(*(said.names for said in calls_of_text(code_of(page)))) for page in GIVEN
    }
    names = {name for given in GIVEN.values() for name in given}
    assert {
        name for name in names if not any(name in GIVEN[page] and is_named(name, used[page]) for page in GIVEN)
    } == set()


@pytest.mark.parametrize("page", GIVEN)
def test_script_fills_every_placeholder_of_a_sentence(page: str) -> None:
    calls = [said for said in calls_of_text(code_of(page)) if said.filled is not None]
    empty = [
        (name, gap)
        for said in calls
        for name, text in GIVEN[page].items()
        if is_named(name, [each for each in said.names if re.fullmatch(r"\w+", each)])
        for gap in re.findall(r"\{(\w+)\}", text)
        if gap not in (said.filled or ())
    ]
    assert empty == []


def test_advice_has_the_same_names_in_python_and_in_the_script() -> None:
    used = literals(script(SCRIPTS / "captions/advice.js"))
    assert {str(advice) for advice in Advice if not is_named(str(advice), used)} == {
        "repeated"
    }  # only the server detects this problem


def attributes_of(paths: list[Path]) -> set[str]:
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    return {name for name in re.findall(r"\bdata-[a-z]+(?:-[a-z]+)*", text) if not name.startswith("data-hx")}


def attributes_used() -> set[str]:
    """Return the data- attributes that scripts and style sheets use, in selectors or as properties of `dataset`."""
    used = attributes_of(sorted((APP / "static/css").glob("*.css")))
    for code in map(script, SCRIPTS.rglob("*.js")):
        used |= set(re.findall(r"\bdata-[a-z]+(?:-[a-z]+)*", code)) | {
            f"data-{kebab(name)}" for name in properties_of_dataset(code)
        }
    return used


def properties_of_dataset(code: str) -> set[str]:
    """Return the properties of `dataset` that a script uses: by name, destructured, tested with `in`, or aliased."""
    found = set(re.findall(r"\bdataset\.(\w+)", code)) | set(re.findall(r'"(\w+)" in [\w.()]+\.dataset', code))
    for names in re.findall(r"const \{([^}]+)\} = [\w.]+\.dataset;", code):
        found |= {name.strip() for name in names.split(",")}
    for alias in re.findall(r"const (\w+) = [\w.]+\.dataset;", code):
        found |= set(re.findall(rf"\b{alias}\.(\w+)", code))
    if "dataset[words]" in code:  # written.js calls show("isSaved")
        found |= {name for call in re.findall(r"\bshow\(([^)]+)\)", code) for name in re.findall(r'"(\w+)"', call)}
    return found


def test_template_provides_every_attribute_that_a_script_reads() -> None:
    given = attributes_of([*TEMPLATES.rglob("*.html"), *APP.glob("*/*.py")])
    code = "\n".join(script(path) for path in SCRIPTS.rglob("*.js"))
    written = {f"data-{kebab(name)}" for name in re.findall(r"\bdataset\.(\w+) = ", code)} | {
        "data-phase",
        "data-warning",
    }
    assert attributes_used() - given - written == set()


def test_every_attribute_of_a_template_is_used() -> None:
    assert attributes_of(list(TEMPLATES.rglob("*.html"))) - attributes_used() == set()


def test_every_value_for_the_recorder_is_used() -> None:
    tree = ast.parse((APP / "recording/question_page.py").read_text(encoding="utf-8"))
    told = {
        str(key.value)
        for function in tree.body
        if isinstance(function, ast.FunctionDef) and function.name in ("recorder_data", "uploads_data")
        for table in ast.walk(function)
        if isinstance(table, ast.Dict)
        for key in table.keys
        if isinstance(key, ast.Constant)
    }
    code = code_of("recorder") + code_of("journey")
    unused = {
        name
        for name in told
        if not re.search(rf"(?:page|this\.page|options\.page)\.{name}\b|\{{[^}}]*\b{name}\b[^}}]*\}}", code)
    }
    assert unused - SERVER_DATA == set()
    templates = "\n".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html"))
    assert {name for name in SERVER_DATA if f"recorder.{name}" not in templates} == set()


def test_calls_are_read_as_a_browser_would() -> None:
    code = 'text("a", { one: f(1, "}"), two }); text(b ? "c" : `d_${e}`); text(name, values); text("f", values)'
    found = [(sorted(said.names), said.filled and sorted(said.filled)) for said in calls_of_text(code)]
    assert found == [(["a"], ["one", "two"]), (["c", r"d_\w+"], frozenset()), (["f"], None)]
    assert arguments('"a,b)", [c, (d)], e) + 1') == ['"a,b)"', "[c, (d)]", "e"]


def test_missing_and_dead_names_are_seen() -> None:
    assert is_named("lost_camera", literals("text(`lost_${reason}`)"))
    assert not is_named("lost", literals("text(`lost_${reason}`)"))
    assert not is_named("anything", literals("`${what}`"))
    assert [said.names for said in calls_of_text('// text("gone")\ntext("here")')][1:] == [frozenset({"here"})]
