"""Word errors for each voice, and the differences between voices, when synthetic speakers say the same sentences.

If many words of a voice are wrong, the fault is the model's, not the speaker's. The voices are from espeak-ng: voices
on which the demo model was trained, other voices, and other accents of English. Operators can measure their own model
with FAIRTAKE_WHISPER_MODEL. To measure human voices, recordings would be needed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from random import Random

import numpy as np

from app.captions.speech.transcriber import Transcriber, get_transcriber
from app.config import DEMO_MODEL, Config
from benchmarks.setting import Figure
from tools.demo_model.evaluate import ACCENTS, TRAINED, UNTRAINED
from tools.demo_model.grammar import is_held_out, templated_sentence
from tools.demo_model.recordings import Manner, Recording, record
from tools.demo_model.scoring import Score, score, total
from tools.demo_model.speaking import Voice, VoiceMissing

SENTENCES = 20
"""Number of sentences. The demo model was not trained on them."""
SECOND_MS = 1000


def measure() -> list[Figure]:
    """Transcribe the same sentences in every voice, and count the wrong words."""
    try:
        voice = Voice()
    except VoiceMissing as problem:
        return [Figure("words wrong by voice", f"not measured: {problem}")]
    model = os.environ.get("FAIRTAKE_WHISPER_MODEL") or str(DEMO_MODEL)
    transcriber = get_transcriber(Config.from_env({"FAIRTAKE_SECRET_KEY": "b" * 40, "FAIRTAKE_WHISPER_MODEL": model}))
    wrong: dict[str, float] = {}
    figures = []
    for kind, names in (("trained on", TRAINED), ("not trained on", UNTRAINED), ("another accent", ACCENTS)):
        for name in names:
            found = total([_heard(transcriber, record(voice, [each], Manner(name))) for each in sentences()])
            wrong[name] = found.word_error
            figures.append(
                Figure(f"words wrong, voice {name} ({kind})", f"{found.errors} of {found.said}, {wrong[name]:.1%}")
            )
    best, worst = min(wrong, key=wrong.__getitem__), max(wrong, key=wrong.__getitem__)
    gap = 100 * (wrong[worst] - wrong[best])
    figures.append(Figure("gap between voices", f"{gap:.1f} percentage points, from {best} to {worst}"))
    return figures


def sentences() -> Sequence[str]:
    """Return the sentences, which are the same in each run."""

    def unheard(chance: Random) -> Iterator[str]:
        while True:
            text = templated_sentence(chance)
            if is_held_out(text):
                yield text

    made = unheard(Random("voices"))
    return [next(made) for _ in range(SENTENCES)]


def _heard(transcriber: Transcriber, recording: Recording) -> Score:
    words = transcriber.transcribe(recording.sound.astype(np.float32) / 32768).words
    return score(recording.words, [(word.text, word.start_ms / SECOND_MS, word.end_ms / SECOND_MS) for word in words])
