"""A take without speech is marked on its page, on the task list and before sending. A signed take is not marked."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import clock, pipeline
from app.captions.models import TrackKind
from app.captions.services import add_track
from app.captions.shaping.cues import Cue
from app.extensions import db
from app.interviews.models import Attempt
from app.media.level import SILENT_DBFS
from app.recording import processing
from app.recording.models import Answer, Media, Stage, StageState, Take, TakeKind
from app.transaction import transaction
from tests.answer_factories import add_media, set_stages
from tests.factories import NOON, enter, make_attempt, make_take, make_uploaded_take
from tests.media_factory import opus_silence
from tests.page_check import CheckingClient

UNHEARD = "We heard no sound in this recording, or no speech."


def listened(attempt: Attempt, *cues: Cue, kind: TrackKind = TrackKind.AUTOMATIC, **media: object) -> Take:
    """Make a transcribed take with these captions."""
    take = make_take(attempt, kind=media.pop("take_kind", TakeKind.VIDEO), stopped_at=NOON, complete_at=NOON)
    add_media(take.id, **media)  # type: ignore[arg-type]
    set_stages(take.id, StageState.DONE, StageState.DONE)
    with transaction() as session:
        add_track(session, take.id, kind, cues, language="en" if cues else "und", now=NOON)
    return take


def question_of(client: CheckingClient, take: Take) -> str:
    return text_of(client, f"/interview/questions/{take.question_id}")


def text_of(client: CheckingClient, address: str) -> str:
    return client.page(address).main.get_text(" ", strip=True)  # type: ignore[union-attr]


@pytest.mark.parametrize("is_chosen", [True, False], ids=["chosen", "newest"])
def test_silence_is_named_at_the_take_and_on_the_check_page(client: CheckingClient, is_chosen: bool) -> None:
    attempt = make_attempt()
    take = listened(attempt)
    if is_chosen:
        with transaction() as session:
            session.add(Answer(attempt_id=attempt.id, question_id=take.question_id, take_id=take.id, chosen_at=NOON))
    enter(client, attempt)
    at_the_take = question_of(client, take)
    assert UNHEARD in at_the_take
    assert "If you signed, it is fine as it is." in at_the_take
    assert "Automatic captions are ready" not in at_the_take
    assert UNHEARD in text_of(client, "/interview/")


def test_file_without_sound_is_reported(client: CheckingClient) -> None:
    attempt = make_attempt()
    take = listened(attempt, take_kind=TakeKind.FILE, has_audio=False)
    enter(client, attempt)
    assert "There is no sound in this recording." in question_of(client, take)
    assert "There is no sound in this recording." in text_of(client, "/interview/")


def test_sound_alone_is_told_nothing_of_signing(client: CheckingClient) -> None:
    attempt = make_attempt()
    take = listened(attempt, take_kind=TakeKind.AUDIO, has_video=False, content_type="audio/webm")
    enter(client, attempt)
    assert UNHEARD in question_of(client, take)
    assert "signed, it is fine" not in question_of(client, take)


@pytest.mark.parametrize(
    ("kind", "track"), [(TakeKind.SIGNED, TrackKind.AUTOMATIC), (TakeKind.VIDEO, TrackKind.CANDIDATE)]
)
def test_a_signed_answer_and_captions_that_a_person_emptied_are_not_named(
    client: CheckingClient, kind: TakeKind, track: TrackKind
) -> None:
    attempt = make_attempt()
    take = listened(attempt, kind=track, take_kind=kind)
    enter(client, attempt)
    assert "heard no sound" not in question_of(client, take)
    assert "Nothing heard" not in text_of(client, "/interview/")


def test_a_take_with_speech_is_not_named(client: CheckingClient) -> None:
    attempt = make_attempt()
    take = listened(attempt, Cue(0, 2000, "Visitors come at night"))
    enter(client, attempt)
    assert "heard no sound" not in question_of(client, take)
    assert "heard no sound" not in text_of(client, "/interview/")


def test_half_a_minute_of_zeros_is_named_by_the_worker_itself(client: CheckingClient, tmp_path: Path) -> None:
    take = make_uploaded_take(content=opus_silence(tmp_path / "zeros.webm", 30).read_bytes(), kind=TakeKind.FILE)
    with transaction() as session:
        processing.add_stage(session, take.id, Stage.ASSEMBLE, now=clock.now())
    for stage in processing.STAGES:
        pipeline.run_stage(str(stage), take.id)
    db.session.rollback()
    assert db.session.query(Media).one().is_silent
    enter(client, db.session.get_one(Attempt, take.attempt_id))
    assert "We heard no sound in this recording. If" in question_of(client, take) or (
        "We heard no sound in this recording. Check" in question_of(client, take)
    )
    assert "We heard no sound in this recording." in text_of(client, "/interview/")


def test_silence_is_named_before_there_are_captions_and_without_a_speech_model(client: CheckingClient) -> None:
    attempt = make_attempt()
    take = make_take(attempt, stopped_at=NOON, complete_at=NOON)
    add_media(take.id, level_dbfs=SILENT_DBFS - 1)
    set_stages(take.id, StageState.DONE, StageState.WAITING_FOR_MODEL)
    enter(client, attempt)
    for address in (f"/interview/questions/{take.question_id}", "/interview/"):
        assert "We heard no sound in this recording." in text_of(client, address)


def test_sound_without_words_is_no_silence(client: CheckingClient) -> None:
    attempt = make_attempt()
    take = listened(attempt, level_dbfs=-20.0)
    enter(client, attempt)
    assert "We heard no speech in this recording." in question_of(client, take)
    assert "heard no sound" not in question_of(client, take)


def test_quiet_take_with_captioned_words_is_not_called_silent(client: CheckingClient) -> None:
    attempt = make_attempt()
    take = listened(attempt, Cue(0, 2000, "Visitors come at night"), level_dbfs=SILENT_DBFS - 1)
    enter(client, attempt)
    assert "heard no sound" not in question_of(client, take)


def test_a_sound_whose_level_is_not_known_yet_is_not_called_silent(client: CheckingClient) -> None:
    attempt = make_attempt()
    take = make_take(attempt, stopped_at=NOON, complete_at=NOON)
    add_media(take.id)
    set_stages(take.id, StageState.DONE, StageState.WAITING_FOR_MODEL)
    enter(client, attempt)
    assert "heard no" not in question_of(client, take)
