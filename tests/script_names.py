"""Reads the names that scripts and templates share, from their sources: sentences, data- attributes and JSON data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

APP = Path(__file__).resolve().parent.parent / "app"
SCRIPTS = APP / "static" / "js"
TEMPLATES = APP / "templates"
_COMMENT = re.compile(r"/\*.*?\*/|(?:(?<=^)|(?<=[\s;{]))//[^\n]*", re.DOTALL | re.MULTILINE)
_IMPORT = re.compile(r"""(?:\bfrom|\bimport|\bnew URL\()\s*\(?\s*"(\.[^"]+)\"""")
_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_TEMPLATE = re.compile(r"`([^`]*)`")
_COMPARED = re.compile(r'[!=]== *"[^"]*"')
_HOLE = re.compile(r"\$\{[^}]*\}")


def script(path: Path) -> str:
    """Return a script without its comments."""
    return _COMMENT.sub("", path.read_text(encoding="utf-8"))


def modules_of(page: str) -> list[Path]:
    """Return the module of a page (static/js/pages) and every module that it imports, directly or indirectly."""
    found: list[Path] = []
    waiting = [SCRIPTS / "pages" / f"{page}.js"]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.append(path)
            waiting += [(path.parent / name).resolve() for name in _IMPORT.findall(script(path))]
    return found


def literals(text: str) -> set[str]:
    """Return the string literals of a script as regular expressions.

    Placeholders of template literals match any word.
    """
    templates = {_pattern(template) for template in _TEMPLATE.findall(text)}
    return {re.escape(string) for string in _STRING.findall(text)} | templates


def _pattern(template: str) -> str:
    parts = _HOLE.split(template)
    return r"\w+".join(map(re.escape, parts)) if any(part.strip() for part in parts) else ""


def is_named(name: str, patterns: Iterable[str]) -> bool:
    """Return whether one of these patterns matches the name."""
    return any(re.fullmatch(pattern, name) for pattern in patterns if pattern)


@dataclass(frozen=True)
class Said:
    """A call of text(): the possible names of the sentence, and the placeholders that the call fills in.

    `filled` is None if the placeholders are not a literal.
    """

    names: frozenset[str]
    filled: frozenset[str] | None


def calls_of_text(code: str) -> Iterator[Said]:
    """Yield every call of text() whose first argument contains a string literal."""
    for match in re.finditer(r"(?<![.\w])(?<!function )text\(", code):
        name, *rest = arguments(code[match.end() :])
        names = literals(_COMPARED.sub("", name))
        if names:
            yield Said(frozenset(names), _filled(rest))


def arguments(code: str) -> list[str]:
    """Return the arguments of a call. `code` begins right after the opening bracket."""
    found, depth, begin, quote = [], 0, 0, ""
    for at, character in enumerate(code):
        if quote:
            quote = "" if character == quote and code[at - 1] != "\\" else quote
        elif character in "\"`'":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}" and depth:
            depth -= 1
        elif character == ")" or (character == "," and not depth):
            found.append(code[begin:at].strip())
            begin = at + 1
            if character == ")":
                return [one for one in found if one]
    raise AssertionError("a call without an end")


def _filled(rest: list[str]) -> frozenset[str] | None:
    if not rest:
        return frozenset()
    if not rest[0].startswith("{"):
        return None
    return frozenset(re.match(r"\w+", part.strip())[0] for part in arguments(rest[0].strip()[1:-1] + ")"))  # type: ignore[index]


def sentences(template: str, name: str | None = None) -> dict[str, str]:
    """Return the sentences that a template gives to scripts, by name: from all its tables, or only from the table
    `name`.
    """
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    if name:
        text = re.split(rf"set {name} = ", text)[1].split("%}", 1)[0]
    return dict(re.findall(r'"(\w+)": (?:_|pgettext)\((?:"\w+", )?"((?:[^"\\]|\\.)*)"\)', text))


def kebab(name: str) -> str:
    """Return the attribute, without "data-", for a property of `dataset`."""
    return re.sub(r"[A-Z]", lambda capital: f"-{capital[0].lower()}", name)
