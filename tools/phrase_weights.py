"""Write the phrase models of `app/captions/shaping/phrase_weights` from the models of BudouX.

    pip download --no-deps budoux==0.9.2
    unzip budoux-*.whl "budoux/models/*" -d FOLDER
    python -m tools.phrase_weights FOLDER/budoux/models

BudouX is not installed: its models are data, and `phrase_starts.py` needs nothing else of it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.captions.shaping.phrase_starts import BLANKS

PLACE = Path(__file__).resolve().parent.parent / "app" / "captions" / "shaping" / "phrase_weights"
MODELS = {
    "ja": ("japanese", "Japanese"),
    "th": ("thai", "Thai"),
    "zh-hans": ("simplified_chinese", "Chinese in simplified characters"),
    "zh-hant": ("traditional_chinese", "Chinese in traditional characters"),
}
"""The name of each BudouX model, and the name of the module and of the language here."""
WIDTH = 139
SIGNS = str.maketrans({blank: sign for sign, blank in BLANKS.items()})


def main(folder: Path) -> None:
    """Write one module for each model in `folder`."""
    for source, (name, language) in MODELS.items():
        weights = json.loads((folder / f"{source}.json").read_text("utf-8"))
        (PLACE / f"{name}.py").write_text(module(language, weights), "utf-8")


def module(language: str, weights: dict[str, dict[str, int]]) -> str:
    """Return the source of a module with the weights of a model."""
    lines = [f'"""BudouX weights for {language} (see LICENSE). Written by tools/phrase_weights.py."""', ""]
    lines.append("WEIGHTS = {")
    for feature, found in sorted(weights.items()):
        texts = [f"{key.translate(SIGNS)}{weight:+d}" for key, weight in sorted(found.items())]
        lines += [f'    "{feature}": """', *wrapped(texts), '    """,']
    return "\n".join([*lines, "}", ""])


def wrapped(texts: Sequence[str]) -> Iterator[str]:
    """Yield lines of at most WIDTH characters."""
    line = ""
    for text in texts:
        if len(line) + len(text) >= WIDTH:
            yield line
            line = ""
        line += f" {text}" if line else text
    yield line


if __name__ == "__main__":
    main(Path(sys.argv[1]))
