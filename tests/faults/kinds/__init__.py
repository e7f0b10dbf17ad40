"""The kinds of faults. Each is a context manager: the fault begins when it is entered, and has ended when it is left.

It yields the names of the parts that the status page must report meanwhile. A kind raises CannotHappenError where its
fault is not possible, such as a restart of a database that is a file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from random import Random

from tests.faults.installation import Installation

Fault = Callable[[Installation, Random], AbstractContextManager[Collection[str]]]


class CannotHappenError(Exception):
    """This fault is not possible in this installation."""


def wait_a_moment(chance: Random, longest: float = 3) -> None:
    """Let the fault last for a random time in seconds."""
    time.sleep(chance.uniform(0.2, longest))
