"""What stands for a candidate whom reviewers are not to know by name. Pure."""

from __future__ import annotations

import hashlib

LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789"
"""No vowels, so that no label is a word; no 0 and 1, which are letters to some."""
LENGTH = 6


def neutral_label(attempt_id: str) -> str:
    """Return six letters and digits, always the same for an attempt and saying nothing of its name, time or place in a list.

    28 ** 6 labels: among 1,000 candidates two are alike once in a thousand such interviews.
    """
    number = int.from_bytes(hashlib.sha256(f"blind:{attempt_id}".encode()).digest()[:8])
    label = ""
    for _ in range(LENGTH):
        number, place = divmod(number, len(LETTERS))
        label += LETTERS[place]
    return label
