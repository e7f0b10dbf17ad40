"""The committed clips and answers have the properties that the tests and the demo rely on."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import av
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
CLIPS = ROOT / "tests" / "clips"
DESCRIBED = json.loads((CLIPS / "clips.json").read_text())
DEMO = json.loads((ROOT / "demo" / "demo.json").read_text())
ANSWERS = [question["answer"] for question in DEMO["questions"]]


def sound_of(path: Path) -> np.ndarray:
    """Return the sound of a file as float32 at 16 kHz."""
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=16_000)
    with av.open(str(path)) as container:
        parts = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate([part.to_ndarray()[0] for part in (*parts, *resampler.resample(None))])


def loudness(sound: np.ndarray, start: float, end: float) -> float:
    part = sound[int(start * 16_000) : int(end * 16_000)]
    return float(np.sqrt((part**2).mean())) if part.size else 0.0


def test_every_clip_is_described_and_small() -> None:
    files = {path.name for path in CLIPS.iterdir() if path.suffix in {".wav", ".webm"}}
    assert files == set(DESCRIBED)
    assert all((CLIPS / name).stat().st_size < 400_000 for name in files)


@pytest.mark.parametrize("name", sorted(name for name in DESCRIBED if name.endswith(".wav")))
def test_wav_clips_are_what_a_pretended_microphone_takes(name: str) -> None:
    with wave.open(str(CLIPS / name)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        assert file.getnframes() / 16_000 == pytest.approx(DESCRIBED[name]["duration_s"], abs=0.001)


@pytest.mark.parametrize("name", sorted(name for name, clip in DESCRIBED.items() if clip["words"]))
def test_words_are_where_they_are_said_to_be(name: str) -> None:
    clip, sound = DESCRIBED[name], sound_of(CLIPS / name)
    first, last = clip["words"][0][1], clip["words"][-1][2]
    assert first >= 1.0
    assert clip["duration_s"] - last >= 1.0
    assert loudness(sound, 0, first - 0.02) < 0.001
    assert loudness(sound, last + 0.1, clip["duration_s"]) < 0.001
    assert all(loudness(sound, start, end) > 0.003 for _, start, end in clip["words"])
    assert [word for word, _, _ in clip["words"]] == clip["text"].replace(".", "").replace(",", "").split()


@pytest.mark.parametrize(
    "path", [CLIPS / "long_answer.webm", *(ROOT / "demo" / a["file"] for a in ANSWERS)], ids=lambda path: path.name
)
def test_recordings_are_live_webm_as_browsers_send_it(path: Path) -> None:
    with av.open(str(path)) as container:
        assert container.duration is None
        assert {stream.codec_context.name for stream in container.streams} <= {"vp8", "opus"}
        assert container.streams.audio[0].codec_context.sample_rate == 48_000
    assert b"\x1c\x53\xbb\x6b" not in path.read_bytes()[:4096], "it has cues"


def test_the_camera_plays_ten_small_pictures() -> None:
    with av.open(str(CLIPS / "camera.mjpeg")) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert [picture.shape for picture in pictures] == [(120, 160, 3)] * 10
    assert any(not np.array_equal(pictures[0], other) for other in pictures[1:])


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer["file"])
def test_seeded_answers_are_short_drawn_and_spoken(answer: dict) -> None:
    path = ROOT / "demo" / answer["file"]
    assert 15 <= answer["duration_s"] <= 30
    assert path.stat().st_size <= 350_000
    sound = sound_of(path)
    assert all(loudness(sound, start, end) > 0.003 for _, start, end in answer["words"])
    with av.open(str(path)) as container:
        frames = sum(1 for _ in container.decode(video=0))
    assert frames / 15 == pytest.approx(answer["duration_s"], abs=0.1)


def test_the_seeded_interview_has_three_questions_with_limits() -> None:
    assert len(DEMO["questions"]) == 3
    for question in DEMO["questions"]:
        assert question["prompt"].strip()
        assert question["answer"]["duration_s"] < question["recording_seconds"]
        assert min(question["thinking_seconds"], question["retakes"]) > 0
