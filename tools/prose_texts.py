"""Read the English of this repository as plain text: messages, docstrings, comments and documents."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.translations import marked_sentences

ROOT = Path(__file__).parent.parent
MESSAGES = "messages"
"""The value of `Text.where` for messages, which may come from any file."""
PYTHON = ("app", "benchmarks", "migrations", "tests", "tools")
DOCUMENTS = ("*.md", "docs/**/*.md", "benchmarks/*.md", "demo/*.md", "models/**/*.md", "tests/*.md", "tools/**/*.md")
SCRIPTS = ("app/static/js/**/*.js", "app/static/css/**/*.css")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{[\w.]*\}|%[sd]")
TAG = re.compile(r"<[^<>]+>")
CODE = re.compile(r"```.*?```|``.+?``|`[^`\n]+`", re.DOTALL)
LINK_TARGET = re.compile(r"\]\([^)\s]*\)")
SCRIPT_COMMENT = re.compile(r"^[ \t]*(?://|\*(?!/)|/\*+)(.*?)(?:\*/)?$")
TEMPLATE_COMMENT = re.compile(r"\{#(.*?)#\}", re.DOTALL)
NO_PROSE = ("# noqa", "# type:", "# fmt:", "#!")


@dataclass(frozen=True)
class Text:
    """A piece of English text: its file (or MESSAGES), its first line, and its words without markup."""

    where: str
    line: int
    words: str


def messages() -> Iterator[Text]:
    """Yield every form of every message that people read, with a plain word for each placeholder."""
    for message in marked_sentences():
        for form in (message.id,) if isinstance(message.id, str) else message.id:
            if form:
                yield Text(MESSAGES, 0, plain_message(form))


def plain_message(message: str) -> str:
    """Return a message as it is read aloud: a short word for each placeholder, and no markup."""
    return _one_line(TAG.sub(" ", PLACEHOLDER.sub("ten", message)).replace("%%", "%"), keep_lines=True)


def remarks() -> Iterator[Text]:
    """Yield the docstrings and comments of Python, scripts, style sheets and templates, and the documents."""
    for path, read in files_with_remarks():
        yield from read(path.read_text(encoding="utf-8"), _name(path))


def files_with_remarks() -> Iterator[tuple[Path, Callable[[str, str], Iterator[Text]]]]:
    """Yield every file that has docstrings, comments or prose, with the function that reads them."""
    modules = [ROOT / "worker.py", ROOT / "wsgi.py"]
    modules += [path for folder in PYTHON for path in sorted((ROOT / folder).rglob("*.py"))]
    yield from ((path, of_module) for path in modules)
    yield from ((path, of_script) for path in _matching(SCRIPTS))
    yield from ((path, of_template) for path in _matching(("app/templates/**/*.html",)))
    yield from ((path, _whole_document) for path in _matching(DOCUMENTS))


def of_module(source: str, where: str) -> Iterator[Text]:
    """Yield the docstrings and comments of a Python module. A block of comments is one text.

    Docstrings after constants are included.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield Text(where, node.lineno, _one_line(CODE.sub(" ", node.value.value)))
    comments = [
        (token.start[0], token.string.removeprefix("#"))
        for token in tokenize.generate_tokens(iter(source.splitlines(keepends=True)).__next__)
        if token.type == tokenize.COMMENT and not token.string.startswith(NO_PROSE)
    ]
    yield from _blocks(comments, where)


def of_script(source: str, where: str) -> Iterator[Text]:
    """Yield the comments of a script or a style sheet that have their own line."""
    found = [(number, SCRIPT_COMMENT.match(line)) for number, line in enumerate(source.splitlines(), 1)]
    yield from _blocks([(number, match[1]) for number, match in found if match], where)


def of_template(source: str, where: str) -> Iterator[Text]:
    """Yield the comments of a template."""
    for match in TEMPLATE_COMMENT.finditer(source):
        yield Text(where, source.count("\n", 0, match.start()) + 1, _one_line(CODE.sub(" ", match[1])))


def _whole_document(source: str, where: str) -> Iterator[Text]:
    yield Text(where, 1, of_document(source))


def of_document(source: str) -> str:
    """Return the words of a Markdown document, without code and link addresses."""
    return _one_line(LINK_TARGET.sub("] ", CODE.sub(" ", source)))


def _blocks(lines: list[tuple[int, str]], where: str) -> Iterator[Text]:
    block: list[str] = []
    for place, (number, words) in enumerate(lines):
        block.append(words)
        if place + 1 == len(lines) or lines[place + 1][0] != number + 1:
            yield Text(where, number - len(block) + 1, _one_line(CODE.sub(" ", " ".join(block))))
            block = []


def _one_line(text: str, keep_lines: bool = False) -> str:
    return re.sub(r"[ \t]+" if keep_lines else r"\s+", " ", text).strip()


def _matching(patterns: tuple[str, ...]) -> list[Path]:
    return sorted({path for pattern in patterns for path in ROOT.glob(pattern)})


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
