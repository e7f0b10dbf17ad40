"""Generate and read the training corpus: spoken sentences in many voices, with the times of each word and phoneme.

The corpus consists of shards with three files each: `N.i16` (its sound, int16 at 16 kHz), `N.opus.i16` (the same sound
after Opus coding, as browsers send it) and `N.json` (the sentences, words and phonemes). Existing shards are not
generated again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from tools.demo_model.grammar import fixed_sentences, is_held_out, random_sentence, templated_sentence
from tools.demo_model.problems import Problem
from tools.demo_model.settings import Settings
from tools.demo_model.speaking import Voice
from tools.demo_model.utterances import BASE_VOICES, VARIANTS, Utterance, utter
from tools.demo_model.webm import through_opus

_RANDOM_SHARE = 0.4
_PLAIN_VOICE_SHARE = 0.35
_OPUS_BITS = (24_000, 32_000)
_AT_ONCE = 400  # sentences coded with Opus at a time, to limit memory


@dataclass(frozen=True, slots=True)
class Item:
    """One sentence of the corpus.

    `offset` and `length` are in samples of its shard; spans are in samples from `offset`.
    """

    text: str
    voice: str
    shard: int
    offset: int
    length: int
    words: list[tuple[int, int]]
    phonemes: list[tuple[str, int, int]]


def corpus_folder(work: Path, settings: Settings) -> Path:
    """Return the folder of the corpus for these settings. Its name has the number and size of shards, and the seed."""
    return work / f"corpus-{settings.shards}x{settings.sentences_a_shard}-{settings.seed}"


def make_corpus(folder: Path, settings: Settings) -> None:
    """Generate the missing shards of the corpus, using all processor cores.

    Raises VoiceMissing if espeak-ng is not installed.
    """
    Voice()  # raises the error here rather than in a process of the pool
    folder.mkdir(parents=True, exist_ok=True)
    missing = [shard for shard in range(settings.shards) if not (folder / f"{shard}.json").exists()]
    with ProcessPoolExecutor(min(len(missing), os.cpu_count() or 1) or 1) as pool:
        for shard, seconds in pool.map(_make_shard, [(folder, settings, shard) for shard in missing]):
            print(f"shard {shard}: {seconds / 3600:.2f} hours of speech", flush=True)


def read_items(folder: Path, settings: Settings) -> list[Item]:
    """Return every sentence of the corpus. Raises Problem if a shard is missing."""
    items = []
    for shard in range(settings.shards):
        description = folder / f"{shard}.json"
        if not description.exists():
            raise Problem(f"{description} is not there: make the corpus first (python -m tools.demo_model corpus).")
        for entry in json.loads(description.read_text()):
            words = [tuple(span) for span in entry.pop("words")]
            phonemes = [tuple(span) for span in entry.pop("phonemes")]
            items.append(Item(**entry, shard=shard, words=words, phonemes=phonemes))
    return items


def sound_of(folder: Path, shard: int, opus: bool) -> np.ndarray:
    """Return the sound of a shard (int16 at 16 kHz), or its sound after Opus coding, as a memory map."""
    return np.memmap(folder / (f"{shard}.opus.i16" if opus else f"{shard}.i16"), np.int16, "r")


def _make_shard(task: tuple[Path, Settings, int]) -> tuple[int, float]:
    """Write one shard and return its number and its length in seconds.

    The description is written last, so that a shard with a description is complete.
    """
    folder, settings, shard = task
    rng = Random(f"{settings.seed}-{shard}")
    described: list[dict[str, Any]] = []
    waiting: list[np.ndarray] = []
    written = 0
    with (folder / f"{shard}.i16").open("wb") as clean, (folder / f"{shard}.opus.i16").open("wb") as coded:

        def write_waiting() -> None:
            sound = np.concatenate(waiting)
            clean.write(sound.tobytes())
            coded.write(through_opus(sound, _OPUS_BITS[shard % len(_OPUS_BITS)]).tobytes())
            waiting.clear()

        for name, utterance in _spoken(settings, rng):
            described.append(_describe(name, utterance, written))
            waiting.append(utterance.sound)
            written += len(utterance.sound)
            if len(waiting) == _AT_ONCE:
                write_waiting()
        if waiting:
            write_waiting()
    (folder / f"{shard}.json").write_text(json.dumps(described))
    return shard, written / 16_000


def _spoken(settings: Settings, rng: Random) -> Iterator[tuple[str, Utterance]]:
    voice = Voice()
    texts = fixed_sentences() * settings.fixed_sayings
    while len(texts) < settings.sentences_a_shard:
        text = random_sentence(rng) if rng.random() < _RANDOM_SHARE else templated_sentence(rng)
        if not is_held_out(text):
            texts.append(text)
    rng.shuffle(texts)
    for text in texts:
        name = rng.choices(list(BASE_VOICES), list(BASE_VOICES.values()))[0]
        if rng.random() > _PLAIN_VOICE_SHARE:
            name += "+" + rng.choice(VARIANTS)
        pitch = min(95, max(5, round(rng.gauss(50, 12))))
        yield name, utter(voice, text, name, rng.randint(130, 190), pitch, rng.choice([50, 50, 35, 65]))


def _describe(name: str, utterance: Utterance, offset: int) -> dict[str, Any]:
    return {
        "text": utterance.text,
        "voice": name,
        "offset": offset,
        "length": len(utterance.sound),
        "words": [(word.start, word.end) for word in utterance.words],
        "phonemes": [(phoneme.name, phoneme.start, phoneme.end) for phoneme in utterance.phonemes],
    }
