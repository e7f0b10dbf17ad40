"""Windows that have been heard, and where their words are kept until the captions are made. No I/O.

The key of a group of windows is a digest of everything that decides its words: its samples, its place in the recording,
the model, the options and the language. So a kept group is only used for exactly the same sound, and a lost one only
costs time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from app.captions.shaping.cues import Word
from app.captions.speech.signals import WindowText
from app.captions.speech.windows import Samples


@dataclass(frozen=True, slots=True)
class HeardWindows:
    """What the model made of a group of windows.

    `languages` has the probability of each language, if the model compared them. `spoken_until` is the end of the last
    word, in seconds of speech, which the library needs for the first word of the next group.
    """

    words: Sequence[Word]
    texts: Sequence[WindowText]
    languages: Mapping[str, float] = field(default_factory=dict)
    spoken_until: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the content as values that JSON can store without loss."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> HeardWindows:
        """Return the windows that `to_json` was called on."""
        words = [Word(**word) for word in kept["words"]]
        return cls(words, [WindowText(**text) for text in kept["texts"]], kept["languages"], kept["spoken_until"])


class HeardMemory(Protocol):
    """Keeps groups of windows of one recording."""

    def get(self, key: str) -> HeardWindows | None:
        """Return the group with this key, or None if it has not been heard."""

    def put(self, key: str, heard: HeardWindows) -> None:
        """Keep a group."""


def key_of(samples: Samples, facts: Mapping[str, Any]) -> str:
    """Return the key of a group of windows: a digest of its samples and of the facts that decide its words."""
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    digest.update(samples.tobytes())
    return digest.hexdigest()
