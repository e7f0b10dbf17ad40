"""Speech for tests of what was heard of a recording: as samples and as a file, and the groups of windows that are kept."""

from __future__ import annotations

import io
import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import func, select

from app.captions.speech.heard import HeardWindows
from app.captions.speech.windows import Samples
from app.extensions import db
from app.recording.heard_models import HeardGroup

CLIPS = Path(__file__).parents[1] / "clips"
SPOKEN = ("answer_one.wav", "answer_two.wav", "answer_three.wav") * 4


def samples_of(name: str) -> Any:
    """Return the samples of a clip, 16,000 a second."""
    with wave.open(str(CLIPS / name)) as clip:
        return np.frombuffer(clip.readframes(clip.getnframes()), "<i2")


SOUND = np.concatenate([samples_of(name) for name in SPOKEN])
SPEECH: Samples = SOUND.astype(np.float32) / np.float32(32_768)


def wav(sound: Any = SOUND) -> bytes:
    """Return sound as a WAVE file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(sound.tobytes())
    return file.getvalue()


class Memory:
    """Keeps groups as the database does: as JSON."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get(self, key: str) -> HeardWindows | None:
        return HeardWindows.from_json(json.loads(self.kept[key])) if key in self.kept else None

    def put(self, key: str, heard: HeardWindows) -> None:
        self.kept[key] = json.dumps(heard.to_json())


def heard_groups(take_id: str) -> int:
    """Return how many groups of windows of a take are kept."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(HeardGroup.take_id == take_id)) or 0
