"""Transcribing three hours of speech takes no more memory than one minute. A fake model replaces the real one, whose
memory does not count.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MINUTE_BYTES = 60 * 16_000 * 2
PROGRAM = """
import json, sys, types
from pathlib import Path
from app.captions.speech import transcriber
from app.captions.speech.sound import SampleFile
from app.captions.speech.models import ModelOptions

heard = []

class Pipeline:
    def __init__(self, model):
        pass

    def transcribe(self, sound, *, clip_timestamps, **_):
        for clip in clip_timestamps:
            heard.append(sound[round(clip["start"] * 16_000) : round(clip["end"] * 16_000)].copy().size)
        return [], None

sys.modules["faster_whisper"] = types.SimpleNamespace(BatchedInferencePipeline=Pipeline)
transcriber.voice_probabilities = lambda sound: (0.9 for block in sound.blocks(512 * 512) for _ in range(block.size // 512))
one_language = types.SimpleNamespace(model=types.SimpleNamespace(is_multilingual=False))
model = transcriber.WhisperTranscriber("stand-in", "cpu", "int8")
stand_in = {"name": "stand-in", "notice": None, "understands": None, "options": ModelOptions(), "languages": {"en"}}
model._loaded = (types.SimpleNamespace(**stand_in), one_language)
model.transcribe(SampleFile(Path(sys.argv[1])))
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"peak": peak * 1024, "heard": sum(heard)}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a process can ask for its own peak on Linux alone")
def test_three_hours_of_speech_take_no_more_memory_than_a_minute(tmp_path: Path) -> None:
    found = {}
    for minutes in (1, 180):
        path = tmp_path / f"{minutes}.s16"
        with path.open("wb") as file:
            file.truncate(minutes * MINUTE_BYTES)
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(path)], cwd=ROOT, check=True, capture_output=True, text=True
        )
        found[minutes] = json.loads(done.stdout)
    assert found[180]["heard"] > 150 * found[1]["heard"]
    assert found[180]["peak"] - found[1]["peak"] < 40 * 2**20, "an hour of samples is 230 MB"
