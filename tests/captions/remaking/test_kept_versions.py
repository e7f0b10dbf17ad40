"""Captions that a person corrected, checked, restored or uploaded stay when captions are made again."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.captions import services
from app.captions.corrections import save_correction
from app.captions.models import TrackKind
from app.captions.remaking import Outcome
from app.captions.services import current_track
from app.captions.shaping.cues import Cue
from app.extensions import db
from app.recording.models import Media, Stage, StageRun, StageState, Take
from app.storage import get_storage
from app.transaction import transaction
from tests.at_once import at_once
from tests.captions.remaking.builders import (
    ACTOR,
    UseScriptedModel,
    again,
    shown,
    versions,
    work,
)
from tests.captions.scripted import SAID, ScriptedModel
from tests.factories import NOON
from tests.page_check import CheckingClient

pytestmark = pytest.mark.usefixtures("many_languages")


def test_a_correction_stays_and_the_new_captions_are_a_version_beside_it(
    client: CheckingClient, model: UseScriptedModel, reviewed: Take
) -> None:
    model()
    with transaction() as session:
        words = [Cue(0, 300, "I led")]
        save_correction(session, reviewed.id, words, base=1, kind=TrackKind.CANDIDATE, actor=ACTOR, now=NOON)
    assert again(reviewed, "cy") is Outcome.TO_DO
    work(reviewed)
    assert shown(reviewed) == ("en", "I led")
    assert versions(reviewed) == [("automatic", "en"), ("corrected by candidate", "en"), ("automatic", "cy")]


@pytest.mark.parametrize("language", ["en", "es"])
def test_captions_from_a_file_stay_as_they_are_where_the_first_transcription_failed(
    client: CheckingClient, model: UseScriptedModel, reviewed: Take, language: str
) -> None:
    model().start_ms = 500  # after the end of the caption below
    with transaction() as session:
        services.remove_tracks(session, reviewed.id)
        run = session.get_one(StageRun, (reviewed.id, str(Stage.TRANSCRIBE)))
        run.state = str(StageState.FAILED)
        session.scalars(select(Media).where(Media.take_id == reviewed.id)).one().audio_key = samples_of(reviewed)
    with transaction() as session:
        words = [Cue(0, 300, "I typed this myself")]
        known: dict[str, Any] = {"actor": ACTOR, "now": clock.now(), "language": "en"}
        save_correction(session, reviewed.id, words, base=0, kind=TrackKind.UPLOADED, **known)
    assert again(reviewed, language)
    work(reviewed)
    assert shown(reviewed) == ("en", "I typed this myself")
    assert versions(reviewed) == [("uploaded", "en"), ("automatic", language)]


def samples_of(take: Take) -> str:
    """Store three seconds of silence as the decoded sound of a take."""
    get_storage().put(f"takes/{take.id}/audio.s16", bytes(2 * 3 * services.SAMPLES_A_SECOND))
    return f"takes/{take.id}/audio.s16"


@pytest.mark.parametrize("act", ["checked", "restored"])
def test_captions_that_a_reviewer_checked_or_restored_stay_and_the_new_ones_are_a_version_beside_them(
    client: CheckingClient, model: UseScriptedModel, reviewed: Take, act: str
) -> None:
    model()
    address = f"/review/captions/{reviewed.id}"
    before = shown(reviewed)
    if act == "checked":
        client.submit(f"{address}/check", {"base": "1"})
    else:
        client.submit(f"{address}/versions/1/restore", {"base": "1"})
    assert (
        "Captions that a person corrected, checked or restored stay in use."
        in client.page(f"{address}/versions").get_text()
    )
    assert again(reviewed, "cy")
    work(reviewed)
    assert shown(reviewed) == before
    assert versions(reviewed)[-1] == ("automatic", "cy")
    track = current_track(db.session(), reviewed.id)
    assert track
    newest = len(versions(reviewed))
    assert (track.checked_at is not None) == (act == "checked")
    client.submit(f"{address}/versions/{newest}/restore", {"base": str(track.version)})
    assert shown(reviewed) == ("cy", SAID["cy"])


@pytest.mark.usefixtures("client")
def test_captions_asked_for_while_others_are_made_are_the_ones_that_are_kept(
    model: UseScriptedModel, reviewed: Take
) -> None:
    other = ScriptedModel()

    def change_mind() -> None:
        if len(other.asked) == 1:
            again(reviewed, "cy")

    other.meanwhile = change_mind
    heard = model()
    heard.transcribe = other.transcribe  # type: ignore[method-assign]
    again(reviewed, "es")
    work(reviewed)
    assert shown(reviewed)[0] == "en"
    work(reviewed)
    assert other.asked == [["es"], ["cy"]]
    assert shown(reviewed) == ("cy", SAID["cy"])


@pytest.mark.usefixtures("client")
def test_two_people_who_ask_at_once_get_one_job_and_no_version_is_lost(
    app: Flask, model: UseScriptedModel, reviewed: Take
) -> None:
    heard = model()
    asked = at_once(app, [lambda: again(reviewed, "es"), lambda: again(reviewed, "cy")])
    assert asked == [Outcome.TO_DO, Outcome.TO_DO]
    db.session.rollback()
    chosen = db.session.get_one(Take, reviewed.id).language
    work(reviewed)
    work(reviewed)
    assert heard.asked == [[chosen]]
    assert versions(reviewed) == [("automatic", "en"), ("automatic", chosen)]
