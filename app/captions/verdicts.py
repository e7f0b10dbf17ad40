"""Whether a transcript can be trusted: a verdict on its signals. Pure.

The verdict follows the model's own confidence, the mean log probability of a token. For recordings of people, it is the
most informative of Whisper's signals. The thresholds are those that fit best for half of the recordings of
`benchmarks/verdicts.py`, transcribed by Whisper base: as they are, and degraded by noise, missing frequencies, a wrong
language or reversal. benchmarks/README.md says how often the verdict is right on the other half.

Repeated words do not count, because people who stammer repeat words. But a text that is mostly repeats needs care,
because the model is confident in its loops. A low probability of the language does not count either: the English of
people with another first language often sounds like that language, and is transcribed well.
"""

from __future__ import annotations

from enum import StrEnum

from app.captions.speech.signals import Signals

CARE_BELOW = -0.205
NOT_UNDERSTOOD_BELOW = -0.58
"""Mean log probabilities. Transcripts with lower ones usually have more than 15 %, or more than 50 %, wrong words."""
LOOP_ABOVE = 2.4
"""The compression ratio above which Whisper treats a text as a loop."""
SPEECH_WITHOUT_WORDS_SECONDS = 3
"""If the model finds no word in this much speech, it did not understand the recording. Less may be a cough or a laugh.
"""


class Verdict(StrEnum):
    """How far an automatic transcript can be trusted."""

    GOOD = "good"
    CARE = "care"
    """Read with care: probably 15 to 50 % of the words are wrong."""
    NOT_UNDERSTOOD = "not understood"
    """Probably more than half of the words are wrong. The text is not shown as the words of the answer."""


def verdict_on(signals: Signals) -> Verdict:
    """Return the verdict on a transcript with these signals."""
    if not signals.words:
        return Verdict.NOT_UNDERSTOOD if signals.speech_seconds >= SPEECH_WITHOUT_WORDS_SECONDS else Verdict.GOOD
    if signals.log_probability < NOT_UNDERSTOOD_BELOW:
        return Verdict.NOT_UNDERSTOOD
    is_doubtful = signals.log_probability < CARE_BELOW or signals.compression > LOOP_ABOVE
    return Verdict.CARE if is_doubtful else Verdict.GOOD
