"""Generate the clips in tests/clips: `python -m tools.demo_model.clips`. Needs espeak-ng but not torch.

The clips are committed, so that the tests do not need espeak-ng. Each new clip is transcribed with the demo model.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from tools.demo_model.listening import PROJECT, Listener
from tools.demo_model.problems import Problem
from tools.demo_model.recordings import Manner, Recording, record, write_wav
from tools.demo_model.scene import Scene, moments
from tools.demo_model.scoring import Score, score, spread
from tools.demo_model.speaking import Voice
from tools.demo_model.utterances import SAMPLE_RATE
from tools.demo_model.webm import write_camera, write_live_webm

CLIPS = PROJECT / "tests" / "clips"
SCRIPT = Path(__file__).with_name("clips.toml")
EDGE_SECONDS = 1.0
"""Silence at each end of a clip. A browser's fake microphone starts anywhere in the clip and repeats the clip."""

CAMERA_PICTURES, CAMERA_RATE = 10, 10


def main() -> int:
    """Write the clips, clips.json and the fake camera's pictures. Print how well the demo model transcribes each clip."""
    try:
        voice = Voice()
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    CLIPS.mkdir(parents=True, exist_ok=True)
    listener = Listener()
    script: dict[str, dict[str, Any]] = tomllib.loads(SCRIPT.read_text())
    described = {}
    for clip in script.values():
        recording = _speak(voice, clip)
        described[clip["file"]] = describe(recording, clip["voice"])
        print(report(clip["file"], score(recording.words, listener.hear(str(CLIPS / clip["file"])))))
    write_wav(CLIPS / "silence.wav", np.zeros(3 * SAMPLE_RATE, np.int16))
    described["silence.wav"] = {"text": "", "words": [], "duration_s": 3.0, "voice": None}
    print("silence.wav:", listener.hear(str(CLIPS / "silence.wav")) or "nothing heard")
    (CLIPS / "clips.json").write_text(json.dumps(described, indent=1) + "\n")
    _draw_camera(voice)
    return 0


def describe(recording: Recording, voice: str) -> dict[str, Any]:
    """Return the entry of a clip in clips.json, with times in seconds from the start of the clip."""
    return {
        "text": recording.text,
        "words": [list(word) for word in recording.words],
        "duration_s": round(recording.duration, 3),
        "voice": voice,
    }


def report(name: str, measured: Score) -> str:
    """Return one line of text that says how accurate the transcription of a clip is."""
    starts, ends = spread(measured.start_errors), spread(measured.end_errors)
    return (
        f"{name}: {measured.said} words, {100 * measured.word_error:.1f} % wrong; seconds off, median and most: "
        f"starts {starts[0]:.2f} and {starts[2]:.2f}, ends {ends[0]:.2f} and {ends[2]:.2f}"
    )


def _speak(voice: Voice, clip: dict[str, Any]) -> Recording:
    recording = record(
        voice,
        clip["sentences"],
        Manner(clip["voice"]),
        lead=EDGE_SECONDS,
        pauses=clip.get("pauses", [0.7]),
        tail=EDGE_SECONDS,
    )
    if clip["file"].endswith(".webm"):
        write_live_webm(CLIPS / clip["file"], recording.sound)
    else:
        write_wav(CLIPS / clip["file"], recording.sound)
    return recording


def _draw_camera(voice: Voice) -> None:
    """Write the fake camera's pictures. They show the drawn speaker while speaking, so that the pictures differ."""
    spoken = record(voice, ["Good morning, and thank you for inviting me."], Manner(), lead=0.5, tail=0.5)
    scene = Scene(160, 120)
    pictures = [scene.draw(moment) for moment in moments(spoken.sound, CAMERA_RATE)[:CAMERA_PICTURES]]
    write_camera(CLIPS / "camera.mjpeg", pictures, CAMERA_RATE)


if __name__ == "__main__":
    raise SystemExit(main())
