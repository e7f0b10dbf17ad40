"""Measurements of a transcription, from which `captions.verdicts` judges whether to trust it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.captions.shaping.cues import Word
from app.captions.shaping.repetitions import flag_repetitions

SURE = 0.5
"""A word with a lower probability counts as unsure."""


@dataclass(frozen=True, slots=True)
class WindowText:
    """A text that the model returned for one window: Whisper's own measurements of it, and its number of tokens."""

    tokens: int
    log_probability: float
    no_speech: float
    compression: float


@dataclass(frozen=True, slots=True)
class Signals:
    """Measurements of one transcript. Shares and probabilities are from 0 to 1."""

    words: int
    speech_seconds: float
    """Seconds of speech, according to the voice filter."""
    log_probability: float
    """Mean log probability of a token (0 is certain). Whisper calls it avg_logprob. 0 without words."""
    no_speech: float
    """Probability that nothing was said, as a mean over the tokens. 1 without words."""
    compression: float
    """The highest compression ratio of a window. A text that repeats itself compresses well."""
    unsure: float
    """Share of words with a probability below SURE."""
    repeated: float
    """Share of words that are part of a phrase repeated too often, or that repeat the previous word."""
    language_probability: float
    """Probability that the sound is in the language used."""

    @property
    def words_per_second(self) -> float:
        """Words in each second of speech."""
        return self.words / self.speech_seconds if self.speech_seconds else 0.0


def signals_of(
    words: Sequence[Word], heard: Iterable[WindowText], *, speech_seconds: float, language_probability: float
) -> Signals:
    """Return the signals of a transcript."""
    texts = [text for text in heard if text.tokens]
    if not words or not texts:
        return Signals(0, round(speech_seconds, 1), 0.0, 1.0, 0.0, 0.0, 0.0, round(language_probability, 3))
    tokens = sum(text.tokens for text in texts)
    return Signals(
        words=len(words),
        speech_seconds=round(speech_seconds, 1),
        log_probability=round(sum(text.log_probability * text.tokens for text in texts) / tokens, 3),
        no_speech=round(sum(text.no_speech * text.tokens for text in texts) / tokens, 3),
        compression=round(max(text.compression for text in texts), 2),
        unsure=round(sum(word.probability < SURE for word in words) / len(words), 3),
        repeated=round(_repeated(words) / len(words), 3),
        language_probability=round(language_probability, 3),
    )


def _repeated(words: Sequence[Word]) -> int:
    loops = {place for loop in flag_repetitions(words) for place in range(loop.first, loop.last + 1)}
    said = [word.text.casefold() for word in words]
    return len(loops | {place for place, (before, after) in enumerate(pairwise(said), 1) if before == after})
