"""The error that stops a step of the training."""

from __future__ import annotations


class Problem(Exception):
    """A step of the training fails. The message says why, or what to do; the command prints only this message."""
