"""Every error that a docstring of app/ names is a class."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

APP = Path(__file__).resolve().parent.parent / "app"
RAISES = re.compile(r"\bRaises? (.+?)(?:\.(?:\s|$)|;|$)", re.DOTALL)
NAME = re.compile(r"\b[A-Z][a-z]+[A-Z]\w*|\b(?:Conflict|Gone|Invalid|Unavailable)\b")
LIBRARIES = {"FFmpegError", "PyAV", "RedisError", "RequestEntityTooLarge", "TimeoutExpired"}


def docstrings() -> Iterator[tuple[str, str]]:
    for path in sorted(APP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                yield f"{path.relative_to(APP)}: {getattr(node, 'name', '')}", ast.get_docstring(node) or ""


def test_every_error_that_a_docstring_names_is_a_class() -> None:
    classes = set(re.findall(r"^class (\w+)", "\n".join(path.read_text() for path in APP.rglob("*.py")), re.MULTILINE))
    known = classes | LIBRARIES | set(dir(builtins))
    named = [
        (where, name) for where, text in docstrings() for said in RAISES.findall(text) for name in NAME.findall(said)
    ]
    assert len(named) > 50
    assert [(where, name) for where, name in named if name not in known] == []
