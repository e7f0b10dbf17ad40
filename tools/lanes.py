"""Runs the steps of a command in lanes: lanes run at the same time, and the steps of a lane one after another.

The outputs of steps that run at the same time are not mixed. All steps run, even after a failure.
"""

from __future__ import annotations

import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LANES = (
    ("lint", "types", "prose", "front end", "tests", "tests on PostgreSQL"),
    ("tests in Chromium",),
    ("tests with a screen reader", "tests in Firefox", "tests with a real speech model"),
)
"""The steps of each lane. The first lane keeps the processor busy. Tests in a browser wait for half of their time, and
tests with a screen reader nearly all of it.
"""
SIDE_BY_SIDE = (("lint", "types", "prose", "front end"),)
"""Groups of steps in one lane that run at the same time, because each step uses one process."""
Step = Callable[[], bool]
"""Runs a step. Returns whether it passed."""
_own = threading.local()
"""The output file for the step that runs in this thread, unless the step writes to the standard output."""
_printing = threading.Lock()


def run_steps(steps: Mapping[str, Step], wanted: Sequence[str]) -> list[str]:
    """Run all steps, or the `wanted` ones, and print the time of each. Returns the names of those that failed."""
    chosen = [name for name in steps if not wanted or name in wanted]
    together = lanes(chosen)
    failed: list[str] = []

    def run_lane(names: Sequence[str], *, is_alone: bool) -> None:
        for group in groups(names):
            failed.extend(_run_group(steps, group, is_alone=is_alone))

    with ThreadPoolExecutor(max(len(together), 1)) as pool:
        done = [pool.submit(run_lane, names, is_alone=len(together) == 1) for names in together]
        for lane in done:
            lane.result()
    return [name for name in chosen if name in failed]


def lanes(names: Sequence[str]) -> list[list[str]]:
    """Divide the steps into lanes, in order. Steps that are in no lane join the first."""
    divided: dict[int, list[str]] = {}
    for name in names:
        number = next((number for number, lane in enumerate(LANES) if name in lane), 0)
        divided.setdefault(number, []).append(name)
    return list(divided.values())


def groups(names: Sequence[str]) -> list[list[str]]:
    """Divide the steps of a lane, in order, into groups. The steps of a group run at the same time."""
    divided: list[list[str]] = []
    for name in names:
        beside = next((one for one in SIDE_BY_SIDE if name in one), ())
        if divided and divided[-1][0] in beside:
            divided[-1].append(name)
        else:
            divided.append([name])
    return divided


def _run_group(steps: Mapping[str, Step], group: Sequence[str], *, is_alone: bool) -> list[str]:
    """Run the steps of a group at the same time. Returns the names of those that failed.

    A step that runs alone prints while it runs. The output of every other step is printed when the step has ended.
    """
    if is_alone and len(group) == 1:
        say(_heading(group[0]))
        results = [_timed(steps[group[0]])]
    else:
        say(f"(started: {', '.join(group)})")
        with ThreadPoolExecutor(len(group)) as pool:
            results = list(pool.map(lambda name: _timed(steps[name], heading=_heading(name)), group))
    for name, (_, seconds) in zip(group, results, strict=True):
        say(f"-- {name}: {seconds:.0f} s")
    return [name for name, (passed, _) in zip(group, results, strict=True) if not passed]


def say(line: str) -> None:
    """Print a line. Lines of steps that run at the same time are not mixed."""
    with _printing:
        print(line, flush=True)


def _heading(name: str) -> str:
    return f"\n== {name} " + "=" * (76 - len(name))


def _timed(step: Step, *, heading: str | None = None) -> tuple[bool, float]:
    """Run a step. Returns whether it passed, and its duration in seconds.

    With `heading`, the output of the step is printed below the heading when the step has ended.
    """
    began = time.monotonic()
    if heading is None:
        return step(), time.monotonic() - began
    with tempfile.TemporaryFile() as kept:
        _own.output = kept
        passed, seconds = step(), time.monotonic() - began
        kept.seek(0)
        say(f"{heading}\n{kept.read().decode(errors='replace')}")
    return passed, seconds


def run(command: list[str], environment: dict[str, str] | None = None) -> bool:
    """Run a program in the project's folder. Returns whether it succeeded."""
    output = getattr(_own, "output", None)
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, stdout=output, stderr=output)  # noqa: S603
    return done.returncode == 0
