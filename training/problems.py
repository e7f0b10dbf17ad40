"""The error that stops a step of the training."""

from __future__ import annotations


class Problem(Exception):
    """Something is missing. The message says in a line or two what to do; the command prints only this message."""
