"""How often the verdict on a transcript is right: recordings of people, and spoiled copies of them, against their texts.

A transcript is "not understood" when more than half of its words are wrong, "read with care" when more than 15 % are,
and "good" otherwise. Words where nothing is said are "not understood". The thresholds in `app/captions/verdicts.py`
were chosen on every second recording of each group (CALIBRATION); the others (KEPT BACK) tell how good the choice is.

Needs what `benchmarks.voices` needs. `make bench` uses the recordings that were kept back.
`python -m benchmarks.verdicts` uses all of them. With `--keep FILE`, it stores the signals of each transcript in a file
and uses those that are already there, so that other thresholds can be tried without transcribing again.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path

import numpy as np

from app.captions.shaping.cues import Word
from app.captions.speech.models import SpeechModelMissingError
from app.captions.speech.signals import Signals
from app.captions.speech.transcriber import WhisperTranscriber, get_transcriber
from app.captions.speech.windows import SAMPLE_RATE, Samples
from app.captions.verdicts import Verdict, verdict_on
from app.review.transcript import UNSURE_BELOW
from benchmarks.setting import Figure
from benchmarks.voices import SHARED, Recording, recordings, samples_of, settings, words_of
from tools.demo_model.scoring import matches

CALIBRATION, KEPT_BACK = "calibration", "kept back"
NOT_UNDERSTOOD_ABOVE, CARE_ABOVE = 0.5, 0.15
"""Shares of wrong words."""
NOISE_DB = (10, 5, 0)
"""How much louder the voice is than white noise, in decibels."""
LOW_PASS_HZ = 500
OTHER_LANGUAGES = ("zh", "ar", "de", "fr", "ja")
"""Languages in which recordings in another language are transcribed."""
NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The transcript of one recording: how it was spoiled ("" if not), its share of wrong words, and its signals."""

    recording: str
    half: str
    spoiled: str
    wrong: float
    signals: Signals | None
    """None if nothing was transcribed, because the voice filter found no speech."""
    marks: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Of the words: all, the wrong ones, those that reviewers see marked as unsure, and the wrong ones among these."""

    @property
    def truth(self) -> Verdict | None:
        """Return what the verdict should be; None without signals."""
        if self.signals is None:
            return None
        if self.wrong > NOT_UNDERSTOOD_ABOVE:
            return Verdict.NOT_UNDERSTOOD
        return Verdict.CARE if self.wrong > CARE_ABOVE else Verdict.GOOD


def measure(folder: Path = SHARED) -> Iterator[Figure]:
    """Transcribe the recordings that were kept back, and yield how often the verdict on them is right."""
    try:
        found = list(outcomes(folder, [KEPT_BACK]))
    except SpeechModelMissingError as problem:
        yield Figure("verdicts on transcripts", f"not measured: {problem}")
        return
    yield from figures(found)


def figures(found: Sequence[Outcome]) -> Iterator[Figure]:
    """Yield the confusion table of each half, one row for each true class."""
    judged: dict[str, list[Outcome]] = defaultdict(list)
    for each in found:
        if each.truth:
            judged[each.half].append(each)
    if not judged:
        yield Figure("verdicts on transcripts", "not measured: there are no recordings with texts")
    for half, some in judged.items():
        pairs = Counter((each.truth, verdict_on(each.signals)) for each in some if each.signals)
        right = sum(count for (truth, verdict), count in pairs.items() if truth is verdict)
        far = sum(count for (truth, verdict), count in pairs.items() if {truth, verdict} == set(EXTREMES))
        yield Figure(
            f"verdict is right, {half}",
            f"{right} of {len(some)}, {right / len(some):.0%}; good for not understood or the reverse: {far}",
        )
        for truth in Verdict:
            row = ", ".join(f"{verdict}: {pairs[truth, verdict]}" for verdict in Verdict)
            yield Figure(f"verdicts on transcripts that are {truth}, {half}", row)
    yield from _marks([each for each in found if not each.spoiled])


def _marks(unspoiled: Sequence[Outcome]) -> Iterator[Figure]:
    words, wrong, marked, both = (sum(each.marks[place] for each in unspoiled) for place in range(4))
    if wrong and marked:
        yield Figure(
            f"marks on unsure words, {words} words",
            f"{both} of {marked} marked words are wrong, {both / marked:.0%}; {both} of {wrong} wrong words are marked, {both / wrong:.0%}",
        )


EXTREMES = (Verdict.GOOD, Verdict.NOT_UNDERSTOOD)


def outcomes(
    folder: Path, halves: Iterable[str], known: Mapping[tuple[str, str], Outcome] | None = None
) -> Iterator[Outcome]:
    """Transcribe the recordings of some halves, unspoiled and spoiled; outcomes that are `known` are not made again."""
    found = list(recordings(folder))
    if not found:
        return
    transcriber = get_transcriber(settings())
    transcriber.load()
    others = cycle(OTHER_LANGUAGES)
    for half, each in zip(halves_of(found), found, strict=True):
        other = next(name for name in others if name != each.language)
        for spoiled, sound, language in variants(samples_of(each.path), each, other):
            before = (known or {}).get((each.path.stem, spoiled))
            if half in halves:
                yield before or _outcome(transcriber, each, half, spoiled, sound, language)


def halves_of(found: Sequence[Recording]) -> list[str]:
    """Return the half that each recording belongs to. The recordings of a group go to the two halves in turn."""
    seen: Counter[str] = Counter()
    halves = []
    for each in found:
        halves.append(KEPT_BACK if seen[each.group] % 2 else CALIBRATION)
        seen[each.group] += 1
    return halves


def variants(sound: Samples, recording: Recording, other: str) -> Iterator[tuple[str, Samples, str]]:
    """Yield a recording unchanged, and with added faults: (how, samples, language to transcribe in)."""
    yield "", sound, recording.language
    if not recording.said.strip():
        return
    for decibels in NOISE_DB:
        yield f"noise {decibels} dB", with_noise(sound, decibels), recording.language
    yield f"below {LOW_PASS_HZ} Hz", low_passed(sound, LOW_PASS_HZ), recording.language
    yield "reversed", sound[::-1].copy(), recording.language
    yield f"as {other}", sound, other


def with_noise(sound: Samples, decibels: float) -> Samples:
    """Return a recording with white noise, which is this much quieter than the louder 40 % of its samples."""
    noise = np.random.default_rng(7).normal(0, 1, sound.size).astype(np.float32)
    loud = np.abs(sound) > np.percentile(np.abs(sound), 60)
    power = float(np.mean(sound[loud] ** 2)) if loud.any() else 0.0
    mixed = sound + noise * np.float32(np.sqrt(power / 10 ** (decibels / 10)))
    return np.asarray(mixed / max(1.0, float(np.abs(mixed).max())), np.float32)


def low_passed(sound: Samples, hertz: float) -> Samples:
    """Return a recording without frequencies above `hertz`."""
    spectrum = np.fft.rfft(sound)
    spectrum[np.fft.rfftfreq(sound.size, 1 / SAMPLE_RATE) > hertz] = 0
    return np.fft.irfft(spectrum, sound.size).astype(np.float32)


def _outcome(
    transcriber: WhisperTranscriber, recording: Recording, half: str, spoiled: str, sound: Samples, language: str
) -> Outcome:
    transcript = transcriber.transcribe(sound, languages=[language])
    said, heard = (_spelled(text) for text in (recording.said, " ".join(word.text for word in transcript.words)))
    wrong = matches(said, heard)[0] / len(said) if said else float(bool(heard))
    marks = marks_of(said, transcript.words) if said else (0, 0, 0, 0)
    return Outcome(recording.path.stem, half, spoiled, wrong, transcript.signals, marks)


def marks_of(said: Sequence[str], words: Sequence[Word]) -> tuple[int, int, int, int]:
    """Return how many words there are, how many are wrong, how many are marked as unsure, and how many are both."""
    parts = [(place, part) for place, word in enumerate(words) for part in _spelled(word.text)]
    right = {parts[index][0] for _, index in matches(said, [part for _, part in parts])[1]}
    wrong = {place for place, _ in parts} - right
    marked = {place for place, _ in parts if words[place].probability < UNSURE_BELOW}
    return len({place for place, _ in parts}), len(wrong), len(marked), len(wrong & marked)


def _spelled(text: str) -> list[str]:
    """Return the words of a text. Small numbers are spelled, because texts and transcripts write them differently."""
    return [NUMBERS[int(word)] if re.fullmatch(r"\d|1[012]", word, re.ASCII) else word for word in words_of(text)]


def _kept(file: Path) -> dict[tuple[str, str], Outcome]:
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.is_file() else []
    found = [Outcome(**{**line, "signals": line["signals"] and Signals(**line["signals"])}) for line in lines]
    return {(each.recording, each.spoiled): each for each in found}


def main() -> None:
    """Measure both halves, and print the results as rows of a Markdown table."""
    from benchmarks.__main__ import row

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=SHARED, help="recordings, each with its text beside it")
    parser.add_argument("--keep", type=Path, help="a file for the signals, so that they are measured only once")
    given = parser.parse_args()
    known = _kept(given.keep) if given.keep else {}
    found = []
    for each in outcomes(given.folder, [CALIBRATION, KEPT_BACK], known):
        found.append(each)
        if given.keep and (each.recording, each.spoiled) not in known:
            with given.keep.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(each)) + "\n")
    for figure in figures(found):
        print(row(figure), flush=True)


if __name__ == "__main__":
    main()
