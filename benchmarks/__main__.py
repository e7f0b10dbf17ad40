"""`make bench`: runs every benchmark and prints a table; `python -m benchmarks NAME ...` runs some."""

from __future__ import annotations

import importlib
import sys

from benchmarks.setting import Figure, machine

QUESTIONS = ("captions", "captions_queue", "memory", "uploads", "pages", "shaping", "voices", "audit_log", "search")
"""What `make bench` asks. The last fills two databases with a million cues, which takes some minutes."""


def main(names: list[str]) -> int:
    """Print the figures of the benchmarks named, or of all, as a Markdown table under the machine that they ran on."""
    print(f"Measured on: {machine()}\n")
    print("| question | Fairtake | the library alone | ratio |\n|---|---|---|---|")
    for name in names or QUESTIONS:
        for figure in importlib.import_module(f"benchmarks.{name}").measure():
            print(row(figure), flush=True)
    return 0


def row(figure: Figure) -> str:
    """Return one line of the table."""
    ratio = f"{figure.ratio:.2f}" if figure.ratio is not None else ""
    return f"| {figure.question} | {figure.ours} | {figure.alone} | {ratio} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
