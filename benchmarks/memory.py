"""Peak memory to assemble and transcribe an answer of one minute, of four and of three hours, with the model loaded.

Four minutes of these recordings contain enough speech for a full batch of the model; a minute does not.

For comparison, faster-whisper alone gets all samples of the same recordings at once. Each measurement runs in its own
process.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from app.captions.speech.sound import SampleFile
from app.captions.speech.transcriber import WhisperTranscriber
from app.config import DEMO_MODEL
from app.media.sandbox import prepare_media
from benchmarks.setting import Figure, folder
from tests.media_factory import opus_silence

ROOT = Path(__file__).resolve().parent.parent
ANSWER = ROOT / "demo" / "answers" / "answer-1.webm"
LENGTHS = {"1 minute": 60, "4 minutes": 4 * 60, "3 hours": 3 * 3600}
MINUTES_IN_A_FILE = 90
CHUNK_SECONDS = 10
MEBIBYTE = 1024 * 1024


def measure() -> list[Figure]:
    """Measure the peak memory for each length, with our code and with the library alone, and compare the lengths."""
    figures, peaks = [], {}
    with folder() as place:
        for name, seconds in LENGTHS.items():
            made = place / str(seconds)
            made.mkdir()
            ours = _in_a_process("ours", made, seconds)
            alone = _in_a_process("alone", made, seconds)
            peaks[name] = (ours["peak"], alone["peak"])
            said = f"{ours['peak']:.0f} MB, {ours['assembling']:.0f} MB to assemble it, {ours['samples']:.0f} MB of samples on disk"
            figures.append(
                Figure(
                    f"peak memory, model loaded, an answer of {name} ({ours['words']} words)",
                    said,
                    f"{alone['peak']:.0f} MB (faster-whisper, batched, all samples at once)",
                    ours["peak"] / alone["peak"],
                )
            )
    long, long_alone = peaks["3 hours"]
    for name in ("1 minute", "4 minutes"):
        short, short_alone = peaks[name]
        ours, theirs = f"{long / short:.2f} times", f"{long_alone / short_alone:.2f} times"
        figures.append(Figure(f"peak memory, 3 hours against {name}", ours, theirs))
    return figures


def _in_a_process(what: str, made: Path, seconds: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.memory", what, str(made), str(seconds)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _ours(made: Path, seconds: int) -> dict[str, float]:
    """Assemble a recording and transcribe it as the worker does.

    Return the number of words and the measured sizes in MiB.
    """
    out = made / "made"
    out.mkdir()
    audio = prepare_media(_recording(made, seconds), out).audio_path
    assert audio
    audio.rename(made / "audio.s16")
    assembling = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    sound = SampleFile(made / "audio.s16")
    words = WhisperTranscriber(str(DEMO_MODEL), "cpu", "int8").transcribe(sound).words
    return {"words": len(words), "assembling": assembling, "samples": 2 * sound.size / MEBIBYTE}


def _recording(made: Path, seconds: int) -> list[Path]:
    """Return a recording in which each minute starts with an answer and is then silent."""
    out = made / "answer"
    out.mkdir()
    answer = prepare_media([ANSWER], out)
    assert answer.sound
    rest = opus_silence(made / "rest.webm", 60 - answer.duration_ms / 1000)
    minute = answer.sound.read_bytes() + rest.read_bytes()
    paths = []
    for number in range(0, seconds // 60, MINUTES_IN_A_FILE):
        paths.append(made / f"session-{number}.webm")
        paths[-1].write_bytes(minute * min(seconds // 60 - number, MINUTES_IN_A_FILE))
    return paths


def _alone(made: Path, _seconds: int) -> dict[str, float]:
    """Transcribe all samples of the same recording at once, with the library alone. Return the number of words."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    samples = np.fromfile(made / "audio.s16", "<i2").astype(np.float32) / 32768
    model = WhisperModel(str(DEMO_MODEL), device="cpu", compute_type="int8")
    segments, _ = BatchedInferencePipeline(model).transcribe(
        samples, word_timestamps=True, vad_filter=True, chunk_length=CHUNK_SECONDS, batch_size=4
    )
    return {"words": sum(len(segment.words or ()) for segment in segments)}


def _peak() -> float:
    """Return the peak memory of this process in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    found = {"ours": _ours, "alone": _alone}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
    print(json.dumps({**found, "peak": _peak()}))
