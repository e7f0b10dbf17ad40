"""`make bench` runs all benchmarks and prints a table; `python -m benchmarks NAME ...` runs selected benchmarks."""

from __future__ import annotations

import argparse
import importlib
import sys

from benchmarks.setting import Figure, machine

QUESTIONS = (
    "captions",
    "captions_queue",
    "caption_files",
    "memory",
    "uploads",
    "parts",
    "ranges",
    "pages",
    "thin_line",
    "shaping",
    "synthetic_voices",
    "voices",
    "verdicts",
    "vocabulary",
    "stammer",
    "hearing_ahead",
    "audit_log",
    "search",
    "growth",
    "simulate",
)
"""The benchmarks of `make bench`. `search` fills two databases with a million cues each, and `growth` two with 100,000
candidates each, which takes some minutes."""


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all of them, and print the machine and the results as a Markdown table."""
    print(f"Measured on: {machine()}\n")
    print("| question | Fairtake | the library alone | ratio |\n|---|---|---|---|")
    named: list[Figure] = []
    for name in names or QUESTIONS:
        for figure in importlib.import_module(f"benchmarks.{name}").measure():
            print(row(figure), flush=True)
            named += [figure] if figure.name else []
    for figure in named:
        print(figure.line)
    return 0


def row(figure: Figure) -> str:
    """Return one row of the table."""
    ratio = f"{figure.ratio:.2f}" if figure.ratio is not None else ""
    return f"| {figure.question} | {figure.ours} | {figure.alone} | {ratio} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Run benchmarks. Without a name, run all."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(QUESTIONS))
    chosen = parser.parse_args().names
    unknown = [name for name in chosen if name not in QUESTIONS]
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}")
    sys.exit(main(chosen))
