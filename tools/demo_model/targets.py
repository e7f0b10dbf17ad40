"""The tokens that the network must predict for a window, and the times at which each token is heard."""

from __future__ import annotations

from tools.demo_model.tokens import Tokens
from tools.demo_model.windows import LATEST_FIRST_SECONDS, Window

IGNORED = -100
"""The label of a position at which nothing is predicted."""

Target = tuple[int, float, float]
"""A token, and the start and end of its sound in seconds of the window (both -1 if it is not heard)."""

Position = tuple[int, int, float, float]
"""A token to read, the token to predict, and the start and end of the predicted token's sound in seconds."""


def positions(window: Window, tokens: Tokens, shift: float, untimed: bool) -> list[Position]:
    """Return the decoder's positions for a window that begins at `shift` seconds of the network's 30-second input."""
    prompt = [tokens.previous, *window.previous] if window.previous else []
    row = [(token, IGNORED, -1.0, -1.0) for token in prompt]
    targets = _targets(window, tokens, shift, untimed)
    if not window.sentences:
        after = tokens.no_timestamps if untimed else tokens.first_timestamp
        return [*row, (tokens.start, tokens.no_speech, -1, -1), (after, tokens.end, -1, -1)]
    if untimed:
        row.append((tokens.start, IGNORED, -1, -1))
    read = [tokens.no_timestamps if untimed else tokens.start, *(token for token, _, _ in targets[:-1])]
    return [*row, *((token, *target) for token, target in zip(read, targets, strict=True))]


def _targets(window: Window, tokens: Tokens, shift: float, untimed: bool) -> list[Target]:
    """Return the tokens to predict: sentences between timestamps, the start of a truncated sentence, and the end token."""
    targets: list[Target] = []

    def mark(seconds: float, shown: float) -> None:
        if not untimed:
            targets.append((tokens.timestamp(shown + shift), seconds - 0.06, seconds + 0.08))

    for number, sentence in enumerate(window.sentences):
        is_first = number == 0 and shift == 0
        mark(sentence.start, min(sentence.start, LATEST_FIRST_SECONDS) if is_first else sentence.start)
        following = window.sentences[number + 1].start if number + 1 < len(window.sentences) else window.cut
        targets += _heard_tokens(sentence.tokens, following or sentence.end + 0.4)
        mark(sentence.end, sentence.end)
    if window.cut is not None:
        mark(window.cut, window.cut)
    last = window.sentences[-1].end if window.sentences else 0.0
    return [*targets, (tokens.end, last, last + 0.4)]


def _heard_tokens(said: list[Target], following: float) -> list[Target]:
    """Return the tokens with a start and an end for each.

    A punctuation mark gets the pause after its word, at most a second.
    """
    heard = []
    for number, (token, start, end) in enumerate(said):
        if start < 0:
            start = said[number - 1][2]
            after = said[number + 1][1] if number + 1 < len(said) else following
            end = min(max(after, start + 0.06), start + 1.0)
        heard.append((token, start, end))
    return heard


def word_spans(window: Window, tokens: Tokens) -> list[Target]:
    """Return the class and the times of each word in a window."""
    spans = [span for sentence in window.sentences for span in sentence.tokens]
    return [(tokens.word_class(token), start, end) for token, start, end in spans if start >= 0]
