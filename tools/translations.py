"""`make translations`: extract the sentences that are marked for translation, and update every catalogue.

New sentences are added without a translation, and unused ones are removed. Nothing is guessed, because a missing
translation is better than a wrong one. Missing translations are printed at the end, and fail a test.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from app.catalogues import FOLDER, catalogue_path

ROOT = Path(__file__).parent.parent
CHANGING = tuple(
    f'"{name}'.encode()
    for name in (
        "POT-Creation",
        "PO-Revision",
        "Project-Id",
        "Report-Msgid",
        "Last-Tr",
        "Language-Team",
        "Generated-By",
    )
)
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}


def marked_sentences() -> Catalog:
    """Return all sentences in code and templates that are marked for translation."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = Catalog(charset="utf-8")
    app = ROOT / "app"
    for name, _line, message, comments, context in extract_from_dir(str(app), methods, options, KEYWORDS):
        found.add(message, None, [(f"app/{name}", 0)], auto_comments=comments, context=context)
    return found


def read_catalogue(language: str) -> Catalog:
    """Read the catalogue of a language."""
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def write_catalogue(language: str, catalogue: Catalog) -> None:
    """Write the catalogue of a language, without headers that change in every run."""
    text = BytesIO()
    write_po(text, catalogue, width=0, include_lineno=False, ignore_obsolete=True, sort_by_file=True)
    lines = text.getvalue().splitlines(keepends=True)
    catalogue_path(language).write_bytes(b"".join(line for line in lines if not line.startswith(CHANGING)))


def update(language: str) -> list[str]:
    """Update the catalogue of a language. Returns the sentences without a translation."""
    catalogue = read_catalogue(language)
    catalogue.update(marked_sentences(), no_fuzzy_matching=True, update_header_comment=False)
    write_catalogue(language, catalogue)
    return [str(message.id) for message in catalogue if message.id and not all(_texts(message.string))]


def _texts(string: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (string or "",) if isinstance(string, str | None) else tuple(string)


def main() -> int:
    """Update every catalogue. Returns 1 if a translation is missing."""
    missing = {path.name: update(path.name) for path in sorted(FOLDER.iterdir()) if path.is_dir()}
    for language, sentences in missing.items():
        print(f"{language}: {len(sentences)} without a translation")
        for sentence in sentences:
            print(f"  {sentence}")
    return 1 if any(missing.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
