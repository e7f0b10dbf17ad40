"""A synthetic corpus for the search benchmark: words with frequencies by Zipf's law, in interviews of realistic size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.captions.models import CaptionTrack, CueRow
from app.ids import new_id
from app.interviews.models import Attempt, Interview, Invitation, Question
from app.recording.models import Answer, Take
from app.review.search import services as search
from app.transaction import transaction
from tests.factories import NOON

INTERVIEWS, QUESTIONS = 200, 4
CUES_AN_ANSWER, WORDS_A_CUE, CUE_MS = 25, 8, 3000
VOCABULARY = 30_000
BATCH = 400


@dataclass(frozen=True, slots=True)
class Corpus:
    """The corpus: words from most to least frequent, interviews, and a sample of cues for searches of phrases."""

    vocabulary: Sequence[str]
    interviews: Sequence[Interview]
    sample: Sequence[tuple[str, str]]
    """Pairs of consecutive cues."""


def vocabulary() -> list[str]:
    """Return distinct words. No two words have the same stem."""
    consonants, vowels = "bcdfghjklmnprtvz", "aiou"
    syllables = [first + second for first in consonants for second in vowels]
    return [
        syllables[number % 64]
        + syllables[number // 64 % 64]
        + (syllables[number // 4096] if number >= 4096 else "")
        + "n"
        for number in range(VOCABULARY)
    ]


def fill(cues: int) -> Corpus:
    """Write a corpus of about `cues` cues to the database and index it."""
    words, random = vocabulary(), np.random.default_rng(1)
    answers = cues // CUES_AN_ANSWER
    interviews = [new_id() for _ in range(INTERVIEWS)]
    questions = [(interview, new_id(), place) for interview in interviews for place in range(1, QUESTIONS + 1)]
    with transaction() as session:
        session.execute(insert(Interview), [_interview(each) for each in interviews])
        session.execute(insert(Question), [_question(*each) for each in questions])
    sample: list[tuple[str, str]] = []
    numbers = iter(range(answers // QUESTIONS))
    while batch := list(islice(numbers, BATCH // QUESTIONS)):
        with transaction() as session:
            made = _write_answers(session, batch, questions)
            spoken = _spoken(words, random, len(made))
            _write_cues(session, made, spoken)
            search.index_answers(session, [answer["id"] for answer in made])
            sample.append((spoken[0][3], spoken[0][4]))
    return Corpus(words, [Interview(id=each, language="en", found_languages="en") for each in interviews], sample)


def _spoken(words: Sequence[str], random: np.random.Generator, answers: int) -> list[list[str]]:
    chance = 1 / np.arange(1, len(words) + 1)
    chosen = random.choice(len(words), (answers, CUES_AN_ANSWER, WORDS_A_CUE), p=chance / chance.sum())
    return [[" ".join(words[number] for number in cue) for cue in answer] for answer in chosen.tolist()]


def _write_answers(
    session: Session, numbers: Sequence[int], questions: Sequence[tuple[str, str, int]]
) -> list[dict[str, Any]]:
    """Write one attempt for each number, spread over the interviews, and return the answers of these attempts."""
    rows: dict[Any, list[dict[str, Any]]] = {Invitation: [], Attempt: [], Take: [], Answer: []}
    for number in numbers:
        place = number % INTERVIEWS
        here = questions[place * QUESTIONS : (place + 1) * QUESTIONS]
        invitation, attempt = new_id(), new_id()
        rows[Invitation].append(_invitation(invitation, here[0][0], number))
        rows[Attempt].append(_sent(attempt, invitation, number))
        takes = [_take(new_id(), attempt, question) for _, question, _ in here]
        rows[Take] += takes
        rows[Answer] += [_answer(new_id(), take) for take in takes]
    for model, made in rows.items():
        session.execute(insert(model), made)
    return rows[Answer]


def _write_cues(session: Session, answers: Sequence[dict[str, Any]], spoken: Sequence[Sequence[str]]) -> None:
    tracks = [_track(new_id(), answer["take_id"]) for answer in answers]
    session.execute(insert(CaptionTrack), tracks)
    session.execute(insert(CueRow), list(_cues(tracks, spoken)))


def _cues(tracks: Sequence[dict[str, Any]], spoken: Sequence[Sequence[str]]) -> Iterator[dict[str, Any]]:
    for track, cues in zip(tracks, spoken, strict=True):
        for place, cue in enumerate(cues):
            times = {"start_ms": place * CUE_MS, "end_ms": (place + 1) * CUE_MS}
            yield {"track_id": track["id"], "position": place + 1, "text": cue, "words": [], **times}


def _interview(interview: str) -> dict[str, Any]:
    return {
        "id": interview,
        "title": "Bench",
        "created_at": NOON,
        "introduction": "",
        "language": "en",
        "state": "open",
    }


def _question(interview: str, question: str, place: int) -> dict[str, Any]:
    return {"id": question, "interview_id": interview, "position": place, "prompt": f"Question {place}?"}


def _invitation(invitation: str, interview: str, number: int) -> dict[str, Any]:
    who = {"candidate_name": f"Candidate {number}", "candidate_email": f"{number}@example.org"}
    return {"id": invitation, "interview_id": interview, "token_hash": invitation, "created_at": NOON, **who}


def _sent(attempt: str, invitation: str, number: int) -> dict[str, Any]:
    return {
        "id": attempt, "invitation_id": invitation, "started_at": NOON, "submitted_at": NOON, "receipt": str(number),
        "preferences": {},
    }  # fmt: skip


def _take(take: str, attempt: str, question: str) -> dict[str, Any]:
    given = {"number": 1, "kind": "video", "limits": {}, "started_at": NOON, "is_whole": True}
    return {"id": take, "attempt_id": attempt, "question_id": question, **given}


def _answer(answer: str, take: dict[str, Any]) -> dict[str, Any]:
    given = {name: take[name] for name in ("attempt_id", "question_id")}
    return {"id": answer, "take_id": take["id"], "chosen_at": NOON, **given}


def _track(track: str, take: str) -> dict[str, Any]:
    given = {"version": 1, "kind": "automatic", "language": "en", "is_current": True, "created_at": NOON}
    return {"id": track, "take_id": take, **given}
