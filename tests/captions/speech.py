"""Words with times as input for the caption shaper: texts spoken at a given pace, and random words from Hypothesis."""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st

from app.captions.shaping.cues import Word

ANSWER = """In my last job I led a small team of five people at Acme Health in London. We had to move the whole
appointment system to a new platform before the end of the quarter, and the deadline was very tight. I spoke with
Maria Garcia every day, because she knew the old system better than anybody else. After that, we tested each part
together with the nurses and the receptionists. In the end everything was finished on time. Yes. I learned that
listening carefully is more important than planning, and that the people who use a system every day usually know
what is wrong with it. I asked for large print, and Dr. Patel gave me the questions in advance."""


def spoken(text: str, *, words_per_minute: int, seed: int = 0) -> list[Word]:
    """Return the words of a text with times like speech: longer words take longer, and sentences and clauses end with a
    pause.
    """
    random = Random(seed)
    at = 500
    words = []
    for part in text.split():
        length = int((len(part) + 1) * 10_000 / words_per_minute * random.uniform(0.8, 1.2))
        words.append(Word(at, at + int(length * 0.93), part, 0.9))
        at += length
        if part[-1] in ".?!":
            at += random.randint(300, 900)
        elif part[-1] == ",":
            at += random.randint(100, 300)
    return words


def steady(text: str, *, start_ms: int = 0, each_ms: int = 400, pause_ms: int = 0) -> list[Word]:
    """Return the words of a text, all with the same length and the same pause after each."""
    return [
        Word(start_ms + index * (each_ms + pause_ms), start_ms + index * (each_ms + pause_ms) + each_ms, part, 0.9)
        for index, part in enumerate(text.split())
    ]


words_in_order = st.lists(
    st.tuples(st.integers(0, 4000), st.integers(0, 1500), st.from_regex(r"[A-Za-z']{1,14}[.,?]?", fullmatch=True)),
    max_size=60,
)
"""Lists of (pause before, length, text), one for each word in order, with any pace and any pauses."""


def from_steps(steps: list[tuple[int, int, str]]) -> list[Word]:
    """Return the words that `words_in_order` describes."""
    at = 0
    words = []
    for pause, length, text in steps:
        words.append(Word(at + pause, at + pause + length, text, 0.5))
        at += pause + length
    return words


any_words = st.lists(
    st.builds(
        Word,
        start_ms=st.integers(-1000, 100_000),
        end_ms=st.integers(-1000, 100_000),
        text=st.text(max_size=120),
        probability=st.floats(0, 1),
    ),
    max_size=40,
)
"""Words that no one could have spoken: times that run backwards, texts of any characters and length."""
