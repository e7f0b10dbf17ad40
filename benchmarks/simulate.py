"""A simulation of an installation: parts that arrive and answers that wait for captions. It uses costs that were measured.

`python -m benchmarks.simulate` first predicts what was measured on two cores, and says how far it is off. Then it predicts
more candidates and more cores. Seeded: the same seed gives the same numbers. docs/scaling.md explains the results.
"""

from __future__ import annotations

import argparse
import heapq
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from benchmarks.setting import Figure

SEED = 15
TOLERANCE = 0.2
"""The simulation is trusted about more than was measured only if its predictions are within this share."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Processor time of one core, in seconds, as measured with the demo model on the machine of benchmarks/README.md."""

    part: float = 0.00126
    """A part that is acknowledged together with many others."""
    group: float = 0.00114
    """A transaction and its flushes, whatever the number of its parts."""
    answer: float = 0.30
    """Preparing an answer, mostly a child process that reads its file."""
    sound_second: float = 0.0255
    """Transcribing one second of sound."""
    worker_start: float = 2.0
    page: float = 0.010


@dataclass(frozen=True, slots=True)
class Check:
    """A measured figure, and what the simulation says."""

    name: str
    measured: float
    predicted: float

    @property
    def is_met(self) -> bool:
        """Return whether the prediction is within the tolerance."""
        return abs(self.predicted / self.measured - 1) <= TOLERANCE

    def __str__(self) -> str:
        off = self.predicted / self.measured - 1
        return f"{self.name}: measured {self.measured:g}, predicted {self.predicted:.3g} ({off:+.0%})"


def finish_times(costs: Costs, sound_seconds: Sequence[float], workers: int) -> list[float]:
    """Return when each answer of a full queue has captions, in seconds, for single-threaded workers on cores of their own.

    As in the product, all answers are prepared first, and then the short ones are transcribed before the long ones.
    """
    free = [costs.worker_start] * workers
    for _ in sound_seconds:
        heapq.heapreplace(free, free[0] + costs.answer)
    done = [0.0] * len(sound_seconds)
    for number in sorted(range(len(sound_seconds)), key=lambda number: sound_seconds[number]):
        done[number] = free[0] + costs.sound_second * sound_seconds[number]
        heapq.heapreplace(free, done[number])
    return done


@dataclass(frozen=True, slots=True)
class Uploads:
    """The result of a run of uploads: processor time for each part, use of the cores, and times of acknowledgement."""

    cpu_per_part: float
    busy: float
    median: float
    slow: float
    """The 95th percentile."""


def uploads(
    costs: Costs, chance: Random, *, candidates: int, processes: int, pause: float, bits_per_second: float = 5e6,
    part_bytes: int = 40_000, seconds: float = 30,
) -> Uploads:  # fmt: skip
    """Let candidates send a part, wait for its acknowledgement, and send the next after `pause` seconds.

    Each process acknowledges all parts that wait in one transaction, and has a core of its own. Line speeds vary by a
    factor of four around their median.
    """
    lines = [
        part_bytes * 8 / (bits_per_second * chance.lognormvariate(0, 0.7)) if pause else 0 for _ in range(candidates)
    ]
    arrivals = [(chance.uniform(0, pause or 0.001) + lines[one], one) for one in range(candidates)]
    queues: list[list[tuple[float, int]]] = [[] for _ in range(processes)]
    for at, one in arrivals:
        heapq.heappush(queues[one % processes], (at, one))
    used, times = 0.0, []
    for queue in queues:
        for began, ended, group in _groups(queue, costs, seconds):
            used += ended - began
            for at, one in group:
                times.append(ended - at)
                wait = chance.uniform(0.8, 1.2) * pause
                heapq.heappush(queue, (ended + max(wait, lines[one]), one))
    slow = statistics.quantiles(times, n=20)[-1]
    return Uploads(used / len(times), used / (processes * seconds), statistics.median(times), slow)


def _groups(
    queue: list[tuple[float, int]], costs: Costs, seconds: float
) -> Iterator[tuple[float, float, list[tuple[float, int]]]]:
    """Yield the transactions of one process: (begin, end, its parts). A group is what arrived during the one before it."""
    now = 0.0
    while queue and max(now, queue[0][0]) < seconds:
        now = max(now, queue[0][0])
        group = []
        while queue and queue[0][0] <= now and len(group) < 128:
            group.append(heapq.heappop(queue))
        ended = now + costs.group + costs.part * len(group)
        yield now, ended, group
        now = ended


def checks(costs: Costs, seed: int) -> list[Check]:
    """Compare the simulation with what was measured on two cores (benchmarks/README.md)."""
    queue = [45.0] * 15 + [27.8] * 35
    done = finish_times(costs, queue, workers=2)
    long, short = done[:15], done[15:]
    found = [
        Check("queue of 50 answers, s", 32, max(done)),
        Check("half of its short answers, s", 15, statistics.median(short)),
        Check("all of its short answers, s", 22, max(short)),
        Check("half of its long answers, s", 27, statistics.median(long)),
    ]
    for clients, measured in ((1, 2.4), (16, 1.4), (64, 1.3)):
        run = uploads(costs, Random(seed), candidates=clients, processes=min(2, clients), pause=0, seconds=5)
        found.append(Check(f"processor time of a part, {clients} clients, ms", measured, run.cpu_per_part * 1000))
    return found


def measure() -> list[Figure]:
    """Return the checks as rows of the table of all benchmarks."""
    found = checks(Costs(), SEED)
    return [
        Figure(
            f"simulated: {one.name}",
            f"{one.predicted:.3g}",
            f"{one.measured:g} (measured)",
            one.predicted / one.measured,
        )
        for one in found
    ]


def main() -> int:
    """Print the checks and the predictions. Returns 1 if a check is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.simulate", description="Predict what an installation needs."
    )
    parser.add_argument("--seed", type=int, default=SEED)
    seed, costs = parser.parse_args().seed, Costs()
    found = checks(costs, seed)
    for check in found:
        print(check)
    if not all(check.is_met for check in found):
        print("Not within 20 %: what follows says nothing.")
        return 1
    print("\nrecording at once | web processes | cores busy | acknowledged: median, 95 %")
    for candidates, processes in ((1_000, 2), (3_000, 2), (5_000, 2), (10_000, 2), (10_000, 4), (10_000, 8)):
        run = uploads(costs, Random(seed), candidates=candidates, processes=processes, pause=5)
        print(f"{candidates:,} | {processes} | {run.busy:.0%} | {run.median * 1000:.1f} ms, {run.slow * 1000:.1f} ms")
    print("\nanswers of two minutes, all at once | workers | the last has captions after")
    for answers, workers in ((1_000, 2), (1_000, 16), (10_000, 64)):
        print(f"{answers:,} | {workers} | {max(finish_times(costs, [120.0] * answers, workers)) / 60:.0f} minutes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
