"""Captions of a recording that became longer: new automatic captions replace automatic ones and are added to a person's."""

from __future__ import annotations

from typing import Any

import pytest

from app import clock
from app.accounts.models import Role
from app.audit import Actor
from app.captions.corrections import mark_checked, restore, save_correction
from app.captions.models import TrackKind
from app.captions.services import Transcription, cues_of, current_track, save_automatic_track
from app.captions.shaping.cues import Cue
from app.extensions import db
from app.recording.models import Take
from app.transaction import transaction
from tests.answer_factories import add_media
from tests.factories import make_user
from tests.recording.candidate import Candidate


def test_captions_of_a_longer_recording_replace_the_machines_and_follow_a_persons(candidate: Candidate) -> None:
    take = candidate.record()
    first, second = Cue(0, 900, "won"), Cue(1000, 1900, "two")
    save(take, first)
    save(take, first, second)
    assert shown(take) == ["won", "two"]
    with transaction() as session:
        corrected = [Cue(0, 900, "one"), Cue(1000, 1900, "two")]
        actor = Actor("candidate", take.attempt_id)
        save_correction(session, take.id, corrected, base=2, kind=TrackKind.CANDIDATE, actor=actor, now=clock.now())
    grow(take)
    save(take, first, second, Cue(2000, 2900, "three"))
    assert shown(take) == ["one", "two", "three"]
    save(take, first, second, Cue(2000, 2900, "three"))
    assert shown(take) == ["one", "two", "three"]
    track = current_track(db.session(), take.id)
    assert track
    assert track.kind == TrackKind.CANDIDATE


@pytest.mark.parametrize(
    ("kind", "language", "words"),
    [
        (TrackKind.CANDIDATE, "en", ["one", "two"]),
        (TrackKind.REVIEWER, "en-GB", ["one", "two"]),
        (TrackKind.UPLOADED, "und", ["one", "two"]),
        (TrackKind.UPLOADED, "cy", ["one"]),
    ],
)
def test_captions_for_the_new_part_follow_a_persons_only_in_the_same_language(
    candidate: Candidate, kind: TrackKind, language: str, words: list[str]
) -> None:
    take = candidate.record()
    save(take, Cue(0, 900, "won"))
    with transaction() as session:
        known: dict[str, Any] = {"actor": Actor("candidate", take.attempt_id), "now": clock.now(), "language": language}
        save_correction(session, take.id, [Cue(0, 900, "one")], base=1, kind=kind, **known)
    grow(take)
    save(take, Cue(0, 900, "won"), Cue(1000, 1900, "two"))
    assert shown(take) == words


@pytest.mark.parametrize("is_restored", [False, True])
def test_captions_for_the_new_part_follow_those_that_a_reviewer_checked_or_restored(
    candidate: Candidate, is_restored: bool
) -> None:
    take, reviewer = candidate.record(), make_user(Role.REVIEWER)
    save(take, Cue(0, 900, "one"))
    with transaction() as session:
        if is_restored:
            restore(session, take.id, 1, base=1, actor=Actor("staff", reviewer.id), now=clock.now())
        else:
            mark_checked(session, take.id, base=1, user=reviewer, now=clock.now())
    grow(take)
    save(take, Cue(0, 900, "won"), Cue(1000, 1900, "two"))
    assert shown(take) == ["one", "two"]
    track = current_track(db.session(), take.id)
    assert track
    assert track.checked_at is None


def grow(take: Take) -> None:
    """Give a take its file, made now, as joining the bytes that arrived late does."""
    add_media(take.id, created_at=clock.now())


def save(take: Take, *cues: Cue) -> None:
    with transaction() as session:
        save_automatic_track(session, take.id, Transcription(list(cues), "en", "tiny", None), now=clock.now())


def shown(take: Take) -> list[str]:
    db.session.rollback()
    track = current_track(db.session(), take.id)
    assert track
    return [cue.text for cue in cues_of(track)]
