"""Every relative link in a document leads to an existing target, and documents name only code and files that exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parent.parent
PATTERNS = ("*.md", "docs/**/*.md", "benchmarks/*.md", "demo/*.md", "models/**/*.md", "tests/*.md", "tools/**/*.md")
DOCUMENTS = sorted({path for pattern in PATTERNS for path in ROOT.glob(pattern)})


def links_of(source: str) -> list[str]:
    """Return the targets of the links and images of a document."""
    inline = [child for token in MarkdownIt().parse(source) for child in token.children or []]
    return [
        str(token.attrGet("href") or token.attrGet("src")) for token in inline if token.type in ("link_open", "image")
    ]


def anchors_of(source: str) -> set[str]:
    """Return the anchors of the headings of a document, as GitHub makes them."""
    tokens = MarkdownIt().parse(source)
    titles = [tokens[place + 1] for place, token in enumerate(tokens) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", text_of(title).lower()).replace(" ", "-") for title in titles}


def text_of(title: Token) -> str:
    return "".join(child.content for child in title.children or [])


def broken_links(path: Path) -> list[str]:
    """Return the relative links of a document whose target does not exist."""
    broken = []
    for link in links_of(path.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name) if name else path
        if not target.exists() or (anchor and anchor not in anchors_of(target.read_text(encoding="utf-8"))):
            broken.append(link)
    return broken


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_relative_links_lead_somewhere(path: Path) -> None:
    assert broken_links(path) == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    document = tmp_path / "a.md"
    (tmp_path / "b.md").write_text("# One `more` heading, here\n")
    document.write_text(
        "# Here\n[1](b.md) [2](b.md#one-more-heading-here) [3](#here) [4](https://example.org/x) `[5](code.md)`\n"
        "[6](gone.md) [7](b.md#two) [8](#there) ![9](gone.png)\n"
    )
    assert broken_links(document) == ["gone.md", "b.md#two", "#there", "gone.png"]


# Names of code that documents contain

GLOSSARY = ROOT / "docs/glossary.md"
PATH_IN_CODE = re.compile(r"`((?:app|tests|tools|docs|migrations|requirements)/[\w./-]+)`")
GLOSSARY_ROWS = [
    (row[1].strip(), row[3].strip())
    for row in (line.split("|") for line in GLOSSARY.read_text(encoding="utf-8").splitlines())
    if len(row) == 5 and "`" in row[3]
]


@pytest.mark.parametrize(("word", "code"), GLOSSARY_ROWS, ids=[word for word, _code in GLOSSARY_ROWS])
def test_word_of_the_glossary_is_in_the_code(word: str, code: str) -> None:
    *names, path = re.findall(r"`([^`]+)`", code)
    source = (ROOT / "app" / path).read_text(encoding="utf-8")
    assert [name for name in names if not re.search(rf"\b{name}\b", source)] == []


def test_word_of_the_glossary_has_one_meaning() -> None:
    words = [word for word, _code in GLOSSARY_ROWS]
    assert len(words) == len(set(words)) > 40


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md", "docs/security.md", "tests/README.md"])
def test_files_that_a_guide_names_exist(name: str) -> None:
    paths = set(PATH_IN_CODE.findall((ROOT / name).read_text(encoding="utf-8")))
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_map_of_the_architecture_names_every_module_outside_rooms() -> None:
    source = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    map_ = source.partition("### The files directly under `app/`")[2].partition("\n\n`KERNEL`")[0]
    named = re.findall(r"`(\w+)`", map_)
    assert sorted(named) == sorted(path.stem for path in (ROOT / "app").glob("*.py"))


def test_table_of_the_tests_names_every_marker() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    markers = [line.partition(":")[0] for line in settings["tool"]["pytest"]["ini_options"]["markers"]]
    table = (ROOT / "tests/README.md").read_text(encoding="utf-8").partition("## Running some")[0]
    assert [marker for marker in markers if f"`{marker}`" not in table] == []


# The version

RELEASE = re.compile(r"^## (\d+\.\d+\.\d+) \((\d{4}-\d\d-\d\d)\)$", re.MULTILINE)


def test_version_is_the_newest_release_of_the_change_log() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    releases = RELEASE.findall((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert settings["project"]["version"] == releases[0][0]


def test_releases_are_listed_newest_first_below_the_unreleased_changes() -> None:
    source = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = [([int(part) for part in version.split(".")], day) for version, day in RELEASE.findall(source)]
    assert releases == sorted(releases, reverse=True)
    assert re.findall(r"^## (.*)$", source, re.MULTILINE)[0] == "Unreleased"
    assert len(re.findall(r"^## ", source, re.MULTILINE)) == len(releases) + 1
