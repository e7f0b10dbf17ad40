"""`make test-faults`, or `python -m tests.faults --seed 7 --faults 200`: run faults, and print what was lost.

Each round prints its seed. `--seed SEED --faults 1` begins with the same round again.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from tests.faults.installation import Installation, installed, new_folder
from tests.faults.kinds import Fault
from tests.faults.rounds import KINDS, Result, run_round

ROUNDS_OF_AN_INSTALLATION = 25
"""After so many rounds a new installation begins, large and small in turn."""
NAMES = {kind.__name__: kind for kind in KINDS}
LOG_CHARACTERS = 6000
"""How much of each log is printed after a loss."""


@dataclass
class Run:
    """The rounds of a run. Each has a seed of its own, so that it can be repeated alone."""

    options: argparse.Namespace
    seed: int
    until: float
    happened: Counter[str] = field(default_factory=Counter)
    answers: int = 0
    without_captions: int = 0
    lost: int = 0

    @property
    def is_over(self) -> bool:
        """Return whether enough faults have happened, or the time is over."""
        return self.happened.total() >= self.options.faults or time.monotonic() > self.until

    def run(self, *, is_large: bool) -> None:
        """Run some rounds in one new installation."""
        with new_folder() as folder, installed(folder, Random(self.seed), is_large=is_large) as place:
            for _ in range(ROUNDS_OF_AN_INSTALLATION):
                if self.is_over:
                    return
                self._round(place, "large" if is_large else "small")

    def _round(self, place: Installation, size: str) -> None:
        chance, began = Random(self.seed), time.monotonic()
        result = run_round(place, chance, self._choose(chance))
        self.happened.update(result.faults)
        self.answers += result.answers
        self.without_captions += len(result.without_captions)
        self.lost += bool(result.problems)
        _print(f"seed={self.seed} {size} {time.monotonic() - began:.0f} s", result)
        if result.problems:
            _print_logs(place)
        self.seed += 1

    def _choose(self, chance: Random) -> Sequence[Fault]:
        kinds = self.options.kinds
        if self.options.in_order:
            return [NAMES[kinds[self.happened.total() % len(kinds)]]]
        return [NAMES[chance.choice(kinds)] for _ in range(chance.randint(1, self.options.together))]


def main() -> int:
    """Run the faults. Returns 0 if nothing was lost."""
    options = _options()
    run = Run(options, options.seed, time.monotonic() + options.minutes * 60)
    is_large = options.size == "large"
    while not run.is_over:
        run.run(is_large=is_large)
        is_large = not is_large if options.size == "both" else is_large
    print(
        f"\n{run.happened.total()} faults, {run.answers} answers, {run.without_captions} of them without captions but with"
        f" a reason, {run.lost} rounds in which something was lost or wrong"
    )
    for name, count in sorted(run.happened.items()):
        print(f"  {count:5} {name}")
    return 1 if run.lost else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults", description="Let things fail, and check what is lost."
    )
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--faults", type=int, default=100, help="how many faults at least")
    parser.add_argument("--minutes", type=float, default=24 * 60, help="begin no round after so many minutes")
    parser.add_argument("--together", type=int, default=1, help="at most so many faults in a round")
    parser.add_argument("--in-order", action="store_true", help="take the kinds in order, one a round")
    parser.add_argument("--size", choices=("small", "large", "both"), default="both")
    parser.add_argument("--kinds", nargs="*", choices=sorted(NAMES), default=sorted(NAMES), metavar="KIND")
    return parser.parse_args()


def _print(heading: str, result: Result) -> None:
    parts = [heading, " + ".join(result.faults) or "no fault was possible", *result.without_captions]
    print(*parts, *(f"WRONG: {problem}" for problem in result.problems), sep="; ", flush=True)


def _print_logs(place: Installation) -> None:
    for log in ("web.log", "worker.log"):
        print(f"--- {log}\n{(place.folder / log).read_text()[-LOG_CHARACTERS:]}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
