"""Do the captions of the demo's answers and of the long clip keep to the numbers that we hold, and how right are their words?"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.captions.rules import measure as measure_cues
from app.captions.rules import shape_cues
from app.captions.transcriber import get_transcriber
from app.config import DEMO_MODEL, Config
from app.recording.media_sandbox import prepare_media
from benchmarks.setting import Figure, folder

ROOT = Path(__file__).resolve().parent.parent


def measure() -> list[Figure]:
    """Transcribe and shape each recording; the bars are those of app/captions/cues.py."""
    config = Config.from_env({"FAIRTAKE_SECRET_KEY": "b" * 40, "FAIRTAKE_WHISPER_MODEL": str(DEMO_MODEL)})
    figures = []
    with folder() as place:
        for number, (path, text) in enumerate(_recordings()):
            made = place / str(number)
            made.mkdir()
            samples = np.fromfile(str(prepare_media([path], made).audio_path), dtype="<f4")
            words = get_transcriber(config).transcribe(samples).words
            found = measure_cues(shape_cues(words, duration_ms=len(samples) // 16), words)
            wrong = _distance(_plain(" ".join(word.text for word in words)), _plain(text))
            figures.append(
                Figure(
                    f"captions of {path.name}: {found.cues} cues",
                    f"{found.readable:.0%} at 17 characters a second or less, fastest {found.fastest:.1f}, "
                    f"longest line {found.longest_line}, {found.in_time:.0%} in time; "
                    f"missed: {', '.join(found.failures()) or 'nothing'}; {wrong} of {len(_plain(text))} words wrong",
                )
            )
    return figures


def _recordings() -> list[tuple[Path, str]]:
    demo = json.loads((ROOT / "demo" / "demo.json").read_text())
    clips = json.loads((ROOT / "tests" / "clips" / "clips.json").read_text())
    answers = [(ROOT / "demo" / each["answer"]["file"], each["answer"]["text"]) for each in demo["questions"]]
    return [*answers, (ROOT / "tests" / "clips" / "long_answer.webm", clips["long_answer.webm"]["text"])]


def _plain(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def _distance(heard: Sequence[str], said: Sequence[str]) -> int:
    """Return how many words have to be changed, added or removed (Levenshtein)."""
    row = list(range(len(said) + 1))
    for place, word in enumerate(heard, start=1):
        above, row[0] = row[0], place
        for column, other in enumerate(said, start=1):
            above, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, above + (word != other))
    return row[-1]
