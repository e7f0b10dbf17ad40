"""Do captions of the demo answers and the long test clip meet our limits for captions, and how many words are wrong?

Then the same for recordings of people, by language: needs whisper base and ../shared/voices. `python -m benchmarks.shaping`
measures only these; `--folder FOLDER` names other recordings (benchmarks/voices.py says how their language is found).
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from app.captions.shaping.cues import IN_TIME_MS, READING_SPEED
from app.captions.shaping.shaper import Cue, Word, shape_cues
from app.captions.shaping.shaper import measure as measure_cues
from app.captions.speech.models import SpeechModelMissingError
from app.captions.speech.sound import read_samples
from app.captions.speech.transcriber import get_transcriber
from app.config import DEMO_MODEL, Config
from app.media.sandbox import prepare_media
from benchmarks.setting import Figure, folder
from benchmarks.voices import ENGLISH, GROUPS, SHARED, SUFFIXES, languages_of, samples_of, settings
from tools.demo_model.scoring import TimedWord, matches, plain

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
    return [*figures, *measure_people()]


def measure_people(place: Path = SHARED) -> Iterator[Figure]:
    """Transcribe and shape recordings of people, and yield the reading speed and the breaks of each language's cues."""
    product = get_transcriber(settings())
    found = [path for path in sorted(place.rglob("*")) if path.suffix.lower() in SUFFIXES]
    try:
        product.load()
    except SpeechModelMissingError as problem:
        found = []
        yield Figure("captions of people", f"not measured: {problem}")
    known = languages_of(place / "README.md")
    made: dict[str, list[tuple[list[Cue], list[Word]]]] = defaultdict(list)
    for path in found:
        first = path.stem.split("_")[0]
        language = known.get(path.stem) or (ENGLISH if first in GROUPS else first)
        sound = samples_of(path)
        words = product.transcribe(sound, languages=[language]).words
        made[language].append((shape_cues(words, duration_ms=sound.size // 16, language=language), words))
    for language, shaped in sorted(made.items()):
        if any(cues for cues, _words in shaped):
            yield _of_language(language, shaped)


def _of_language(language: str, shaped: Sequence[tuple[list[Cue], list[Word]]]) -> Figure:
    measures = [measure_cues(cues, words, language) for cues, words in shaped if cues]
    speeds = sorted(cue.reading_speed for cues, _words in shaped for cue in cues)
    breaks = sum(len(cues) - 1 for cues, _words in shaped if cues)
    lines = max(found.longest_line for found in measures)
    split = sum(
        before.words[-1].end_ms == after.words[0].start_ms
        for cues, _words in shaped
        for before, after in pairwise(cues)
    )
    return Figure(
        f"captions of people, {language}: {len(speeds)} cues",
        f"{sum(speed <= READING_SPEED for speed in speeds) / len(speeds):.1%} at 17 characters a second or less; half of "
        f"them {_share(speeds, 0.5):.1f}, 95 % {_share(speeds, 0.95):.1f}, fastest {speeds[-1]:.1f}; "
        f"{sum(found.cut_phrases for found in measures)} of {breaks} end inside a phrase, "
        f"{sum(found.bad_breaks for found in measures)} breaks after an article or in a name, "
        f"{split} cues end without a pause; longest line {lines:.0f} columns; "
        f"words lost in {sum(not found.words_kept for found in measures)} of {len(measures)} recordings",
    )


def _share(sorted_speeds: Sequence[float], share: float) -> float:
    return sorted_speeds[min(len(sorted_speeds) - 1, int(share * len(sorted_speeds)))]


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


def main() -> None:
    """Measure the recordings of people in a folder, and print the results as rows of a Markdown table."""
    from benchmarks.__main__ import row

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=SHARED, help="recordings of people")
    for figure in measure_people(parser.parse_args().folder):
        print(row(figure), flush=True)


if __name__ == "__main__":
    main()
