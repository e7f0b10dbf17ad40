"""What can stop a step of the recipe, other than a fault in it."""

from __future__ import annotations


class Problem(Exception):
    """The message says in a line or two what is missing and what to do; the command prints it and nothing else."""
