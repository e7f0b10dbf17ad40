"""Child programs end with their parent, even if the parent has loaded a speech model."""

from __future__ import annotations

import os
import sys
import time
import wave
from pathlib import Path

import numpy as np

from app.captions.speech.transcriber import get_transcriber
from app.config import Config
from tools.processes import end, start

CLIP = Path(__file__).parent / "clips" / "answer_one.wav"


def load_model(config: Config) -> None:
    with wave.open(str(CLIP)) as clip:
        samples = np.frombuffer(clip.readframes(clip.getnframes()), dtype="<i2").astype(np.float32) / 32768
    assert get_transcriber(config).transcribe(samples).words


def test_a_program_can_be_started_while_a_speech_model_is_loaded(base_config: Config) -> None:
    load_model(base_config)
    process = start([sys.executable, "-c", "import time; time.sleep(3600)"])
    time.sleep(0.2)
    assert process.poll() is None
    end(process)
    assert process.returncode != 0


def test_a_process_with_a_speech_model_can_fork(base_config: Config) -> None:
    """In the fork, a handler of `app.process` runs. It must neither use nor release the parent's model."""
    load_model(base_config)
    child = os.fork()
    if child == 0:
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
