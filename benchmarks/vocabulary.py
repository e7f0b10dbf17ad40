"""Wrong words with and without a vocabulary, and whether its words are made up where nobody speaks.

Needs whisper base and the recordings of `benchmarks.voices`. Each recording below is transcribed without a vocabulary,
with words that are said in it among others, and with the others only. Noise is also given to the model without the
voice filter, which lets none of it through: as if it had taken noise for speech.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.captions.speech.models import SpeechModelMissingError
from app.captions.speech.sound import LevelledSound, MemorySound
from app.captions.speech.transcriber import get_transcriber
from app.captions.speech.windowed_run import WindowedTranscription
from app.captions.speech.windows import SAMPLE_RATE, Passage, Samples
from benchmarks.setting import Figure
from benchmarks.voices import SHARED, Recording, recordings, samples_of, settings, words_of
from tools.demo_model.scoring import matches

SAID: Mapping[str, Sequence[str]] = {
    "en_arctic_indian_axb": ("Phil",),
    "en_arctic_scots_aew": ("Philip Steels", "Whittemore"),
    "en_austen_librivox": ("John Dashwood",),
    "en_cards": ("clubs", "spades", "hearts"),
    "en_google_phone": ("Chromecast", "Chromecast Ultra"),
    "en_pico_quilter": ("Quilter",),
    "en_sonnet_1": ("niggarding", "buriest", "feed'st", "mak'st", "thou", "churl"),
    "xx_librivox_de": (
        "Grimmelshausen",
        "Simplicissimus",
        "Melchior Sternfels von Fuchshaim",
        "Hans Jakob Christoffel",
    ),
    "xx_librivox_es": ("Manuel Tamayo y Baus", "Valdemoro", "Capitán Veneno"),
}
"""Names and rare words that are said in recordings."""
OTHERS = (
    "Larkfield Libraries", "Kinderbox", "Shelfmark", "PostgreSQL", "Kubernetes", "safeguarding", "Aoife Ní Bhriain",
    "Wójcik", "reading room", "Terraform", "pricing model", "Nguyen",
)  # fmt: skip
"""Names and words that nobody says in these recordings."""
NOISE_SECONDS = (2, 10, 28)
NOTHING, BOTH, ONLY_OTHERS = "without a vocabulary", "with it", "with words only that nobody says"


def measure() -> Iterator[Figure]:
    """Yield the wrong words and the words of the vocabulary that are right, and those made up in noise."""
    found = [each for each in recordings(SHARED) if each.path.stem in SAID or not each.said.strip()]
    product = get_transcriber(settings())
    try:
        _description, whisper = product.load()
    except SpeechModelMissingError as problem:
        yield Figure("vocabulary", f"not measured: {problem}")
        return
    if not found:
        yield Figure("vocabulary", f"not measured: there are no recordings in {SHARED}")
        return
    yield from _spoken(product, [each for each in found if each.said.strip()])
    yield from _noise(whisper, [samples_of(each.path) for each in found if not each.said.strip()])


def _spoken(product: Any, found: Sequence[Recording]) -> Iterator[Figure]:
    wrong: dict[str, int] = defaultdict(int)
    right: dict[str, int] = defaultdict(int)
    made_up: dict[str, int] = defaultdict(int)
    seconds: dict[str, float] = defaultdict(float)
    words = 0
    for each in found:
        sound, said, named = samples_of(each.path), words_of(each.said), words_of(" ".join(SAID[each.path.stem]))
        words += len(said)
        for way, told in {NOTHING: (), BOTH: (*SAID[each.path.stem], *OTHERS), ONLY_OTHERS: OTHERS}.items():
            began = time.process_time()
            transcript = product.transcribe(sound, languages=[each.language], vocabulary=told)
            seconds[way] += time.process_time() - began
            heard = words_of(" ".join(word.text for word in transcript.words))
            wrong[way] += matches(said, heard)[0]
            right[way] += sum(heard.count(word) for word in set(named))
            made_up[way] += _count(OTHERS, heard) - _count(OTHERS, said)
    for way in (BOTH, ONLY_OTHERS):
        yield Figure(f"words wrong {way}, {words} words", str(wrong[way]), f"{wrong[NOTHING]} (without)")
        yield Figure(f"words of the vocabulary written, {way}", str(right[way]), f"{right[NOTHING]} (without)")
        yield Figure(f"words made up from the vocabulary, {way}", str(made_up[way]), f"{made_up[NOTHING]} (without)")
        ratio = seconds[way] / seconds[NOTHING]
        yield Figure(f"processor time {way}", f"{seconds[way]:.0f} s", f"{seconds[NOTHING]:.0f} s (without)", ratio)


def _noise(whisper: Any, sounds: Sequence[Samples]) -> Iterator[Figure]:
    parts = [sound[: seconds * SAMPLE_RATE] for sound in sounds for seconds in NOISE_SECONDS]
    options = replace(get_transcriber(settings()).load()[0].options, hotwords=", ".join(OTHERS))
    checked = unchecked = 0
    for part in parts:
        run = _Unchecked(whisper, options, LevelledSound(MemorySound(part)), _all_of(part), language="en")
        unchecked += _count(OTHERS, _texts(run))
        run = WindowedTranscription(whisper, options, LevelledSound(MemorySound(part)), _all_of(part), language="en")
        checked += _count(OTHERS, _texts(run))
    question = f"words of the vocabulary made up in {len(parts)} parts of noise without the voice filter"
    yield Figure(question, str(checked), f"{unchecked} (not compared)")


class _Unchecked(WindowedTranscription):
    """A transcription that keeps the words of the vocabulary without comparing them."""

    def _confirmed(self, _index: int, found: list[Any]) -> list[Any]:
        return found


def _all_of(sound: Samples) -> list[Passage]:
    return [Passage(0, sound.size, 0, sound.size, 0)]


def _texts(run: WindowedTranscription) -> list[str]:
    return words_of(" ".join(word.text for word in run.words(lambda _done: None)))


def _count(terms: Sequence[str], heard: Sequence[str]) -> int:
    return sum(heard.count(word) for word in set(words_of(" ".join(terms))))
