"""The captions of a recording whose beginning is cut: nobody is shown the words of what was cut."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from app import clock
from app.captions import heard_windows
from app.captions.models import CaptionTrack, TrackKind, UntrimmedCaptions
from app.captions.services import add_track, cues_of, current_track, remove_tracks
from app.captions.shaping.cues import Cue, Word
from app.captions.shaping.cutting import cues_before, cues_from
from app.captions.speech.heard import HeardWindows
from app.extensions import db
from app.interviews.models import Attempt
from app.recording.heard_models import HeardGroup
from app.recording.models import Stage, StageRun, StageState, Take
from app.transaction import transaction
from tests.factories import NOON, make_attempt
from tests.page_check import CheckingClient
from tests.recording import cutting
from tests.recording.cutting import cut, processed, run

sound, browser = cutting.sound, cutting.browser


@pytest.fixture
def attempt(app: object) -> Attempt:
    return make_attempt()


CUES = (
    Cue(0, 900, "Recording starts"),
    Cue(2000, 3000, "I led a team"),
)


def write(take: Take, kind: TrackKind, cues: Sequence[Cue]) -> None:
    with transaction() as session:
        add_track(session, take.id, kind, cues, language="en", now=NOON)


def texts(take: Take) -> list[tuple[int, str]]:
    db.session.rollback()
    track = current_track(db.session(), take.id)
    return [(cue.start_ms, cue.text) for cue in cues_of(track)] if track else []


@pytest.fixture
def take(attempt: Attempt, sound: bytes) -> Take:
    return processed(attempt, sound)


def test_no_version_has_the_words_of_what_was_cut(browser: CheckingClient, take: Take) -> None:
    write(take, TrackKind.AUTOMATIC, CUES)
    cut(browser, take, 1500)
    run(take)
    said = [cue.text for track in db.session.scalars(select(CaptionTrack)) for cue in track.cues]
    assert "Recording starts" not in said


def test_corrections_of_the_candidate_are_kept_and_move_forward(browser: CheckingClient, take: Take) -> None:
    write(take, TrackKind.CANDIDATE, CUES)
    cut(browser, take, 1500)
    assert texts(take) == [(500, "I led a team")]
    run(take)
    assert texts(take) == [(500, "I led a team")]


def test_correction_of_which_nothing_is_left_does_not_replace_the_new_captions(
    browser: CheckingClient, take: Take
) -> None:
    write(take, TrackKind.CANDIDATE, CUES[:1])
    cut(browser, take, 1500)
    run(take)
    track = current_track(db.session(), take.id)
    assert track is not None
    assert track.is_by_model


@pytest.mark.parametrize("undone", [False, True])
def test_correction_keeps_the_warnings_of_its_automatic_captions(
    browser: CheckingClient, take: Take, *, undone: bool
) -> None:
    if undone:
        cut(browser, take, 1500)
    with transaction() as session:
        track = add_track(session, take.id, TrackKind.CANDIDATE, CUES, language="en", now=NOON)
        track.model, track.notice, track.verdict = "demo", "It does not understand people.", "not understood"
    cut(browser, take, 0 if undone else 1500)
    after = current_track(db.session(), take.id)
    assert after is not None
    assert (after.kind, after.model) == (TrackKind.CANDIDATE, "demo")
    assert after.notice == "It does not understand people."
    assert after.is_withheld


def test_undo_brings_every_version_back(browser: CheckingClient, take: Take) -> None:
    write(take, TrackKind.CANDIDATE, CUES)
    before = versions(take)
    cut(browser, take, 1500)
    run(take)
    cut(browser, take, 0)
    assert versions(take) == before


def test_corrections_of_the_cut_recording_are_kept_by_undo(browser: CheckingClient, take: Take) -> None:
    write(take, TrackKind.AUTOMATIC, CUES)
    cut(browser, take, 1500)
    run(take)
    write(take, TrackKind.CANDIDATE, [Cue(500, 1500, "I led the team")])
    cut(browser, take, 0)
    assert texts(take) == [(0, "Recording starts"), (2000, "I led the team")]


def test_undo_after_another_language_was_chosen_makes_captions_in_it(browser: CheckingClient, take: Take) -> None:
    make_automatic(take, "en")
    cut(browser, take, 1500)
    with transaction() as session:
        session.get_one(Take, take.id).language = "cy"
    make_automatic(take, "cy")
    cut(browser, take, 0)
    assert transcription_of(take).state == StageState.PENDING


def make_automatic(take: Take, language: str) -> None:
    with transaction() as session:
        add_track(session, take.id, TrackKind.AUTOMATIC, CUES, language=language, now=clock.now()).model = "base"


def transcription_of(take: Take) -> StageRun:
    db.session.rollback()
    return db.session.get_one(StageRun, (take.id, str(Stage.TRANSCRIBE)))


@pytest.mark.parametrize("trim_ms", [1000, 0])
def test_what_was_heard_of_the_other_recording_is_deleted(browser: CheckingClient, take: Take, trim_ms: int) -> None:
    cut(browser, take, 1500)
    with transaction() as session:
        heard_windows.keep(session, take.id, "digest", HeardWindows([], []), now=NOON)
    cut(browser, take, trim_ms)
    assert db.session.scalar(select(HeardGroup)) is None


def test_numbers_of_versions_are_never_used_again(browser: CheckingClient, take: Take) -> None:
    write(take, TrackKind.CANDIDATE, CUES)
    numbers = [number for number, *_ in versions(take)]
    cut(browser, take, 1500)
    run(take)
    later = [number for number, *_ in versions(take)]
    assert min(later) > max(numbers)
    cut(browser, take, 0)
    write(take, TrackKind.CANDIDATE, CUES)
    assert versions(take)[-1][0] > max(later)


def test_captions_set_aside_are_deleted_with_the_others(browser: CheckingClient, take: Take) -> None:
    cut(browser, take, 1500)
    with transaction() as session:
        remove_tracks(session, take.id)
    assert db.session.scalar(select(UntrimmedCaptions)) is None


def versions(take: Take) -> list[tuple[int, str, bool, list[str]]]:
    db.session.rollback()
    tracks = db.session.scalars(select(CaptionTrack).order_by(CaptionTrack.version))
    return [(one.version, one.kind, one.is_current, [cue.text for cue in one.cues]) for one in tracks]


def spoken(text: str, *starts: int) -> Cue:
    """Return a caption whose words begin at these times. A word whose time is negative was typed, and has no time."""
    timed = zip(starts, text.split(), strict=True)
    words = tuple(Word(start, start + 200, word, 0.9) for start, word in timed if start >= 0)
    return Cue(min(abs(start) for start in starts), max(starts) + 400, text, words)


@pytest.mark.parametrize(
    ("cue", "before", "after"),
    [
        (spoken("starts now hello there", 100, 900, 1700, 2100), "starts now", "hello there"),
        (spoken("starts in five hello", 100, 900, -1000, 1700), "starts in five", "hello"),
        (spoken("well well well", 400, 900, 1600), "well well", "well"),
        (spoken("starts now", 100, 900), "starts now", None),
        (spoken("well starts well", -100, -900, 1600), "well starts", "well"),
        (spoken("in a banana", 900, 1600, -1700), "in", "a banana"),
        (spoken("starts a answer", 900, 1600, 1900), "starts", "a answer"),
        (
            Cue(100, 2600, "开始你好开始", (Word(1600, 1900, "你好", 0.9), Word(1900, 2200, "开始", 0.9))),
            "开始",
            "你好开始",
        ),
        (Cue(100, 3000, "typed across the cut"), "typed across the cut", None),
        (Cue(1500, 3000, "begins at the cut"), None, "begins at the cut"),
        (Cue(100, 1500, "ends at the cut"), "ends at the cut", None),
        (spoken("hello there", 1200, 1600), "hello", "there"),
    ],
)
def test_caption_across_the_cut_keeps_only_words_that_are_known_to_follow_it(
    cue: Cue, before: str | None, after: str | None
) -> None:
    assert [one.text for one in cues_before([cue], 1500)] == ([before] if before else [])
    assert [one.text for one in cues_from([cue], 1500)] == ([after] if after else [])
    for one in cues_from([cue], 1500):
        assert 0 <= one.start_ms < one.end_ms
        assert all(word.start_ms >= 0 for word in one.words)
