"""Labels that replace the names of candidates in blind review. No I/O."""

from __future__ import annotations

import hashlib

LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789"
"""The characters of labels: no vowels, so that no label is a word, and no 0 or 1, which look like letters."""
LENGTH = 6


def neutral_label(attempt_id: str) -> str:
    """Return the label of an attempt: six letters and digits, always the same for the same attempt.

    The label reveals no name, time or position in a list. There are 28 ** 6 labels: in one of a thousand interviews
    with 1,000 candidates each, two candidates share a label.
    """
    number = int.from_bytes(hashlib.sha256(f"blind:{attempt_id}".encode()).digest()[:8])
    label = ""
    for _ in range(LENGTH):
        number, place = divmod(number, len(LETTERS))
        label += LETTERS[place]
    return label
