"""Do captions of the demo answers and the long test clip meet our limits for captions, and how many words are wrong?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.captions.shaping.cues import IN_TIME_MS
from app.captions.shaping.shaper import Cue, Word, shape_cues
from app.captions.shaping.shaper import measure as measure_cues
from app.captions.speech.sound import read_samples
from app.captions.speech.transcriber import get_transcriber
from app.config import DEMO_MODEL, Config
from app.media.sandbox import prepare_media
from benchmarks.setting import Figure, folder
from training.scoring import TimedWord, matches, plain

ROOT = Path(__file__).resolve().parent.parent


def measure() -> list[Figure]:
    """Transcribe and shape each recording, and compare the cues with the limits in app/captions/shaping/cues.py."""
    config = Config.from_env({"FAIRTAKE_SECRET_KEY": "b" * 40, "FAIRTAKE_WHISPER_MODEL": str(DEMO_MODEL)})
    figures = []
    with folder() as place:
        for number, (path, said) in enumerate(_recordings()):
            made = place / str(number)
            made.mkdir()
            samples = read_samples(prepare_media([path], made).audio_path)
            words = get_transcriber(config).transcribe(samples).words
            cues = shape_cues(words, duration_ms=len(samples) // 16)
            found = measure_cues(cues, words)
            wrong, pairs = matches([plain(word) for word, _, _ in said], [plain(word.text) for word in words])
            off = list(_off(cues, words, {heard: said[place][1] * 1000 for place, heard in pairs}))
            in_time = sum(each <= IN_TIME_MS for each in off) / len(off)
            figures.append(
                Figure(
                    f"captions of {path.name}: {found.cues} cues",
                    f"{found.readable:.0%} at 17 characters a second or less, fastest {found.fastest:.1f}, "
                    f"longest line {found.longest_line}; missed: {', '.join(found.failures()) or 'nothing'}; "
                    f"{in_time:.0%} begin within {IN_TIME_MS} ms of the voice, the furthest {max(off):.0f} ms from it; "
                    f"{wrong} of {len(said)} words wrong",
                )
            )
    return figures


def _recordings() -> Iterator[tuple[Path, list[TimedWord]]]:
    """Yield recordings with the true times of their words."""
    demo = json.loads((ROOT / "demo" / "demo.json").read_text())
    clips = json.loads((ROOT / "tests" / "clips" / "clips.json").read_text())
    for question in demo["questions"]:
        yield ROOT / "demo" / question["answer"]["file"], question["answer"]["words"]
    yield ROOT / "tests" / "clips" / "long_answer.webm", clips["long_answer.webm"]["words"]


def _off(cues: Sequence[Cue], words: Sequence[Word], said: dict[int, float]) -> Iterator[float]:
    """Yield the milliseconds between the start of a cue and its first spoken word, for cues whose first word is right."""
    numbers = {word.start_ms: number for number, word in reversed(list(enumerate(words)))}
    for cue in cues:
        first = cue.words[0]
        number = numbers.get(first.start_ms)
        if number in said:
            yield abs(cue.start_ms - said[number])
