"""Captions that begin after the end of the recording are never saved."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.audit import Actor
from app.captions import corrections
from app.captions.models import TrackKind
from app.captions.services import Transcription, add_track, cues_of, save_automatic_track
from app.captions.shaping.cues import Cue
from app.clock import now
from app.transaction import transaction
from tests.captions.conftest import Editor
from tests.captions.editor_pages import choices_of, page_of


def late_version(editor: Editor) -> None:
    """Add a version with a caption after the end of the recording, as older releases allowed."""
    cues = [*cues_of(editor.track()), Cue(3_600_000, 3_601_000, "An hour later")]
    with transaction() as session:
        add_track(session, editor.take_id, TrackKind.UPLOADED, cues, language="en", now=now())


def test_a_merge_that_brings_captions_after_the_end_goes_back_to_the_editor(editor: Editor) -> None:
    mine = editor.fields()
    late_version(editor)
    page = page_of(editor.send(fields=mine, text=["We sailed off", "and saw the see", "then we came home"]), 409)
    joined = page_of(editor.client.submit(editor.address("/choose"), choices_of(page)))
    assert "Some captions come after the end of the recording" in joined.get_text()
    fields = editor.fields(joined)
    assert fields["text"] == ["We sailed off", "and saw the see", "then we came home", "An hour later"]
    assert editor.send(fields=fields).status_code == 422
    assert editor.track().version == 2
    saved = {**fields, **{name: fields[name][:3] for name in ("start", "end", "text")}}
    assert editor.send(fields=saved).status_code == 303
    assert editor.texts() == ["We sailed off", "and saw the see", "then we came home"]


def test_a_version_with_captions_after_the_end_is_opened_and_not_restored(editor: Editor) -> None:
    late_version(editor)
    cues, actor = cues_of(editor.track())[:3], Actor("staff", editor.reviewer.id)
    with transaction() as session:
        corrections.save_correction(
            session, editor.take_id, cues, base=2, kind=TrackKind.REVIEWER, actor=actor, now=now()
        )
    page = page_of(editor.client.submit(editor.address("/versions/2/restore"), {"base": "3"}), 422)
    summary = page.select_one(".error-summary a")
    assert summary
    assert summary["href"] == "#start-4"
    assert editor.fields(page)["text"][3] == "An hour later"
    assert editor.track().version == 3


@pytest.mark.parametrize("is_restored", [True, False], ids=["restored", "saved"])
def test_captions_after_the_end_are_never_saved(editor: Editor, is_restored: bool) -> None:
    late_version(editor)
    cues = cues_of(editor.track())
    known: dict[str, Any] = {"base": 2, "actor": Actor("staff", editor.reviewer.id), "now": now()}

    def act(session: Session) -> object:
        if is_restored:
            return corrections.restore(session, editor.take_id, 2, **known)
        return corrections.save_correction(session, editor.take_id, cues, kind=TrackKind.UPLOADED, **known)

    with transaction() as session, pytest.raises(corrections.LateCaptionsError):
        act(session)
    assert editor.track().version == 2


def test_the_speech_model_adds_no_caption_after_the_end(editor: Editor) -> None:
    heard = Transcription([Cue(0, 1000, "In time"), Cue(3_600_000, 3_601_000, "Never seen")], "en", None, None)
    with transaction() as session:
        save_automatic_track(session, editor.take_id, heard, now=now())
    assert editor.texts() == ["In time"]
