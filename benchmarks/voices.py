"""Word errors in recordings of people, by group, compared with faster-whisper alone on the same sound.

Needs whisper base (`flask --app wsgi model fetch base`) or FAIRTAKE_WHISPER_MODEL, and recordings: those in
../shared/voices, or your own: `python -m benchmarks.voices --folder FOLDER`. Each recording needs a .txt file of the
same name with the spoken text; the file is empty if nothing is said. Each subfolder of FOLDER is a group. The language
of a recording is the first part of its name (`de_anna.wav`), or --language. `no_`, `nn_` and `pause_` are groups, not
languages.
"""

from __future__ import annotations

import argparse
import os
import re
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import cycle, pairwise
from itertools import product as every
from pathlib import Path
from typing import Any

import av
import numpy as np
from faster_whisper import BatchedInferencePipeline

from app.captions.model_choice import DEFAULT_MODEL
from app.captions.shaping.cues import Word
from app.captions.speech.languages import whisper_name
from app.captions.speech.models import SpeechModelMissingError
from app.captions.speech.transcriber import WhisperTranscriber, get_transcriber
from app.captions.speech.windows import SAMPLE_RATE, Samples
from app.config import Config
from benchmarks.setting import Figure
from benchmarks.word_edits import Edits

SHARED = Path(__file__).resolve().parents[2] / "shared" / "voices"
SUFFIXES = (".flac", ".wav", ".mp3", ".ogg", ".webm", ".m4a", ".mp4")
GROUPS = {
    "en": "native English",
    "nn": "first language Mandarin, in English",
    "no": "nothing is said",
    "pause": "after quiet",
}
"""Groups by the first part of a name, which is then not a language: "no" is not Norwegian, "nn" not Nynorsk."""
PRODUCT, ALONE = "product", ("batched", "defaults")
"""The ways to transcribe a recording: ours, and the two modes of faster-whisper."""
ENGLISH = "en"
PHONE = ("phone", "mulaw")
QUIET_SECONDS = (20, 120)
NOISES = {"silence": None, "room tone, -43 dB": -43.0, "hiss, -40 dB": -40.0}
SHORT_SECONDS = 13
"""Recordings up to this length are also transcribed with silence or quiet noise inserted before and inside them."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording of a person: its group, its language (BCP 47), and what is said."""

    path: Path
    group: str
    language: str
    said: str


@dataclass(slots=True)
class Tally:
    """Counts over the recordings of a group. `edits` has those of each way to transcribe them."""

    recordings: int = 0
    edits: dict[str, Edits] = field(default_factory=lambda: defaultdict(Edits))
    script: int = 0
    """Transcribed words in a script that the spoken text does not use."""
    misguessed: int = 0
    """Recordings for which the model guessed another language than the spoken one."""


def measure(folder: Path = SHARED, language: str | None = None) -> Iterator[Figure]:
    """Transcribe every recording with our code and with faster-whisper alone, and count the wrong words of each group."""
    found = list(recordings(folder, language))
    if not found:
        yield Figure("words wrong, recordings of people", f"not measured: there are no recordings in {folder}")
        return
    product = get_transcriber(settings())
    try:
        _description, whisper = product.load()
    except SpeechModelMissingError as problem:
        yield Figure("words wrong, recordings of people", f"not measured: {problem}")
        return
    yield from _errors(found, product, whisper)
    yield from _lost_after_quiet(found, product)


def settings() -> Config:
    """Return the settings for the measurement: one thread, and FAIRTAKE_WHISPER_MODEL or else whisper base."""
    named = {name: value for name, value in os.environ.items() if name == "FAIRTAKE_MODELS_FOLDER"}
    model = os.environ.get("FAIRTAKE_WHISPER_MODEL") or DEFAULT_MODEL
    chosen = {"SECRET_KEY": "b" * 40, "WHISPER_DEVICE": "cpu", "WHISPER_THREADS": "1", "WHISPER_MODEL": model}
    return Config.from_env({**named, **{f"FAIRTAKE_{name}": value for name, value in chosen.items()}})


def recordings(folder: Path, language: str | None = None) -> Iterator[Recording]:
    """Yield the recordings in a folder and its subfolders. Recordings without a .txt file are skipped."""
    known = languages_of(folder / "README.md")
    for path in sorted(folder.rglob("*")):
        text = path.with_suffix(".txt")
        if path.suffix.lower() not in SUFFIXES or not text.is_file():
            continue
        first = path.stem.split("_")[0]
        named = first if whisper_name(first) and (first == ENGLISH or first not in GROUPS) else None
        spoken = known.get(path.stem) or named or language or ENGLISH
        group = path.parent.name if path.parent != folder else _group(path.stem, first, spoken)
        yield Recording(path, group, spoken, text.read_text("utf-8"))


def words_of(text: str) -> list[str]:
    """Return the words of a text without case, punctuation, accents and apostrophes.

    Each CJK character counts as a word.
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter) and letter not in "'’`")
    return re.findall(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+", plain)


def lost(before: Sequence[str], after: Sequence[str]) -> int:
    """Return how many words of `before` have no match in `after`, if both are compared in order."""
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    return len(before) - sum(block.size for block in blocks)


def _errors(found: Sequence[Recording], product: WhisperTranscriber, whisper: Any) -> Iterator[Figure]:
    tallies: dict[str, Tally] = defaultdict(Tally)
    used: dict[str, float] = defaultdict(float)
    for each in found:
        tally, said, sound = tallies[each.group], words_of(each.said), samples_of(each.path)
        tally.recordings += 1
        facts = {"language": each.language, "seconds": sound.size / SAMPLE_RATE}
        began = time.process_time()
        transcript = product.transcribe(sound, languages=[each.language])
        used[PRODUCT] += time.process_time() - began
        heard = words_of(" ".join(word.text for word in transcript.words))
        tally.edits[PRODUCT].add(said, heard, **facts)
        tally.script += (
            sum(bool(found) and found.isdisjoint(_scripts(said)) for found in map(_scripts, heard)) if said else 0
        )
        guess = transcript.guess
        tally.misguessed += guess is not None and whisper_name(guess.language) != whisper_name(each.language)
        for name, way in _alone(whisper).items():
            began = time.process_time()
            heard = words_of(way(sound, whisper_name(each.language)))
            used[name] += time.process_time() - began
            tally.edits[name].add(said, heard, **facts)
    for group, tally in sorted(tallies.items()):
        yield from _figures(group, tally)
    yield from _gap(tallies)
    ours, alone = used[PRODUCT], used["batched"]
    yield Figure(
        "processor time for these", f"{ours:.0f} s", f"{alone:.0f} s (batched)", ours / alone if alone else None
    )


def _figures(group: str, tally: Tally) -> Iterator[Figure]:
    """Yield the word error of a group, and what kind of errors these are."""
    ours = tally.edits[PRODUCT]
    words = _rate(ours.wrong, ours.said)
    if ours.said:
        words += f"; {tally.script} in another script"
    if tally.misguessed:
        words += f"; {tally.misguessed} of {tally.recordings} sound like another language"
    alone = {name: tally.edits[name] for name in ALONE}
    rates = ", ".join(f"{_rate(each.wrong, each.said)} ({name})" for name, each in alone.items())
    yield Figure(f"{'words wrong' if ours.said else 'words invented'}, {group}", words, rates)
    if ours.said:
        kinds = ", ".join(f"{_kinds(each)} ({name})" for name, each in alone.items())
        yield Figure(f"words lost; words invented an hour; NER-like score, {group}", _kinds(ours), kinds)


def _kinds(edits: Edits) -> str:
    return f"{edits.lost}; {edits.invented_an_hour:.0f}; {edits.ner:.1f}"


def _gap(tallies: Mapping[str, Tally]) -> Iterator[Figure]:
    """Yield the distance between the groups of voices with the fewest and the most wrong words."""
    groups = {name: tally for name, tally in tallies.items() if name != GROUPS["pause"] and tally.edits[PRODUCT].said}
    if len(groups) < 2:
        return
    gaps = {}
    for way in (PRODUCT, *ALONE):
        errors = {name: tally.edits[way].word_error for name, tally in groups.items()}
        best, worst = min(errors, key=lambda name: errors[name]), max(errors, key=lambda name: errors[name])
        gaps[way] = f"{100 * (errors[worst] - errors[best]):.1f} percentage points, from {best} to {worst}"
    alone = ", ".join(f"{gaps[way]} ({way})" for way in ALONE)
    yield Figure("gap between groups of voices, words wrong", gaps[PRODUCT], alone)


def _rate(count: int, words: int) -> str:
    return f"{count} of {words}, {count / words:.1%}" if words else str(count)


def _lost_after_quiet(found: Sequence[Recording], product: WhisperTranscriber) -> Iterator[Figure]:
    """Transcribe short recordings with silence or quiet noise before and inside them, and count the lost words.

    Each recording gets one entry of NOISES, in turn.
    """
    total: dict[str, int] = defaultdict(int)
    missing: dict[str, int] = defaultdict(int)
    sounds = [(each, samples_of(each.path)) for each in found if each.said.strip()]
    short = [(each, sound) for each, sound in sounds if sound.size <= SHORT_SECONDS * SAMPLE_RATE]
    for (each, sound), (noise, level) in zip(short, cycle(NOISES.items()), strict=False):
        alone = product.transcribe(sound, languages=[each.language]).words
        said = words_of(" ".join(word.text for word in alone))
        for seconds, (place, at) in every(QUIET_SECONDS, _places(alone)):
            with_quiet = np.concatenate([sound[:at], _quiet(seconds, level), sound[at:]])
            heard = product.transcribe(with_quiet, languages=[each.language]).words
            total[place] += len(said)
            missing[f"{noise}, {place}"] += lost(said, words_of(" ".join(word.text for word in heard)))
    for place in total:
        parts = ", ".join(f"{noise}: {missing[f'{noise}, {place}']}" for noise in NOISES)
        yield Figure(f"words lost, quiet of 20 and 120 s {place} recordings of people, {total[place]} words", parts)


def _places(words: Sequence[Word]) -> list[tuple[str, int]]:
    """Return the positions, in samples, at which quiet is inserted: before the recording, and in its longest pause."""
    pauses = [(later.start_ms - word.end_ms, word.end_ms + later.start_ms) for word, later in pairwise(words)]
    inside = [("inside", max(pauses)[1] * SAMPLE_RATE // 2000)] if pauses else []
    return [("before", 0), *inside]


def _alone(whisper: Any) -> dict[str, Callable[[Samples, str | None], str]]:
    """Return functions that transcribe sound with faster-whisper's two modes. They need Whisper's name of the language."""
    batched = BatchedInferencePipeline(whisper)
    return {
        "batched": lambda sound, name: _joined(batched.transcribe(sound, language=name, word_timestamps=True)[0]),
        "defaults": lambda sound, name: _joined(whisper.transcribe(sound, language=name, word_timestamps=True)[0]),
    }


def _joined(segments: Any) -> str:
    return " ".join(segment.text for segment in segments)


def samples_of(path: Path) -> Samples:
    """Return the sound of a file: mono, 16 kHz, -1 to 1."""
    resampler = av.AudioResampler("s16", "mono", SAMPLE_RATE)
    with av.open(str(path)) as container:
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray().ravel() for frame in frames]).astype(np.float32) / 32768


def _quiet(seconds: int, level: float | None) -> Samples:
    """Return noise at `level` in dB, the same in each run, or silence if `level` is None."""
    noise = np.random.default_rng(5).normal(0, 1, seconds * SAMPLE_RATE).astype(np.float32)
    return noise * np.float32(0 if level is None else 10 ** (level / 20))


def _scripts(words: Sequence[str] | str) -> set[str]:
    return {unicodedata.name(letter, "").split(" ")[0] for word in words for letter in word if letter.isalpha()}


def languages_of(readme: Path) -> dict[str, str]:
    """Return the language of each recording from the table in a README: | file | seconds | language | ..."""
    if not readme.is_file():
        return {}
    rows = [
        [cell.strip() for cell in line.split("|")]
        for line in readme.read_text("utf-8").splitlines()
        if line.startswith("| ")
    ]
    return {row[1]: row[3].rstrip("?") for row in rows if len(row) > 4 and whisper_name(row[3].rstrip("?"))}


def _group(name: str, first: str, language: str) -> str:
    if any(part in name for part in PHONE):
        return "telephone"
    return GROUPS.get(first, f"language {language}")


def main() -> None:
    """Run the measurement for the recordings in a folder, and print the results as rows of a Markdown table."""
    from benchmarks.__main__ import row

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=SHARED, help="recordings, each with its text beside it")
    parser.add_argument("--language", help="of recordings whose name does not say it")
    given = parser.parse_args()
    for figure in measure(given.folder, given.language):
        print(row(figure), flush=True)


if __name__ == "__main__":
    main()
