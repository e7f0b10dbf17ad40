"""Every correction is a new version with its author. A version never replaces an earlier one, and is unchecked at
first.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Role
from app.audit import Actor, AuditEvent
from app.captions import corrections
from app.captions.corrections import EditConflictError
from app.captions.models import CaptionTrack, TrackKind
from app.captions.services import Transcription, current_track, notes_on, save_automatic_track, track_as_vtt
from app.captions.shaping.cues import Cue
from app.errors import NotFoundError
from app.extensions import db
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer
from tests.factories import NOON, make_user

LATER = NOON + timedelta(minutes=5)
CANDIDATE = Actor("candidate", "someone")


def correct(take_id: str | None, *cues: Cue, base: int = 1, kind: TrackKind = TrackKind.CANDIDATE) -> CaptionTrack:
    with transaction() as session:
        return corrections.save_correction(
            session, str(take_id), cues, base=base, kind=kind, actor=CANDIDATE, now=LATER
        )


def shown(take_id: str | None) -> CaptionTrack:
    track = current_track(db.session(), str(take_id))
    assert track
    return track


def actions() -> list[tuple[str, dict[str, object]]]:
    return [(event.action, event.details) for event in db.session.scalars(select(AuditEvent).order_by("number"))]


def test_a_correction_is_a_new_version_and_the_earlier_one_stays(app: Flask) -> None:
    take_id = make_captioned_answer("We sailed on the see", notice="A demonstration.").take_id
    correct(take_id, Cue(0, 2500, "We sailed on the sea"))
    now_shown = shown(take_id)
    assert (now_shown.version, now_shown.kind, now_shown.created_at) == (2, TrackKind.CANDIDATE, LATER)
    assert [cue.text for cue in now_shown.cues] == ["We sailed on the sea"]
    assert [word[0] for word in now_shown.cues[0].words] == ["We", "sailed", "on", "the"]
    assert now_shown.notice == "A demonstration."
    earlier = corrections.find_version(db.session(), str(take_id), 1)
    assert [cue.text for cue in earlier.cues] == ["We sailed on the see"]
    assert actions()[-1] == ("captions corrected", {"version": 2})


def test_a_correction_of_what_has_changed_since_is_refused_and_changes_nothing(app: Flask) -> None:
    take_id = make_captioned_answer("We sailed").take_id
    correct(take_id, Cue(0, 2500, "We sail"))
    with pytest.raises(EditConflictError):
        correct(take_id, Cue(0, 2500, "I sailed"), base=1)
    assert [cue.text for cue in shown(take_id).cues] == ["We sail"]


def test_restoring_is_a_new_version_that_is_as_automatic_as_the_old_one_was(app: Flask) -> None:
    take_id = make_captioned_answer("We sailed on").take_id
    correct(take_id, Cue(0, 2500, "They sailed on"))
    editor = Actor("staff", make_user(Role.REVIEWER).id)
    with transaction() as session:
        corrections.restore(session, str(take_id), 1, base=2, actor=editor, now=LATER)
    restored = shown(take_id)
    assert (restored.version, restored.kind, restored.author_id) == (3, TrackKind.AUTOMATIC, editor.id)
    assert [word[0] for word in restored.cues[0].words] == ["We", "sailed", "on"]
    assert "not checked" in track_as_vtt(restored)
    assert [track.version for track in corrections.versions_of(db.session(), str(take_id))] == [3, 2, 1]
    assert actions()[-1] == ("captions restored", {"version": 3, "restored": 1})


def test_a_version_that_is_not_there_cannot_be_restored(app: Flask) -> None:
    take_id = make_captioned_answer("We sailed").take_id
    with transaction() as session, pytest.raises(NotFoundError):
        corrections.restore(session, str(take_id), 7, base=1, actor=CANDIDATE, now=LATER)


def test_captions_are_checked_until_somebody_edits_them(app: Flask) -> None:
    take_id = make_captioned_answer("We sailed", notice="A demonstration.").take_id
    person = make_user(Role.REVIEWER)
    with transaction() as session:
        corrections.mark_checked(session, str(take_id), base=1, user=person, now=LATER)
    checked = shown(take_id)
    assert (checked.checked_at, checked.checked_by_id, notes_on(checked)) == (LATER, person.id, [])
    assert actions()[-1] == ("captions checked", {"version": 1})
    correct(take_id, Cue(0, 2500, "We sail"))
    assert "not checked" in notes_on(shown(take_id))[0]


def test_captions_edited_meanwhile_cannot_be_marked_as_checked(app: Flask) -> None:
    take_id = make_captioned_answer("We sailed").take_id
    correct(take_id, Cue(0, 2500, "We sail"))
    person = make_user(Role.REVIEWER)
    with transaction() as session, pytest.raises(EditConflictError):
        corrections.mark_checked(session, str(take_id), base=1, user=person, now=LATER)
    assert shown(take_id).checked_at is None


def test_automatic_captions_that_come_late_do_not_replace_a_persons(app: Flask) -> None:
    take_id = make_captioned_answer("We sailed").take_id
    correct(take_id, Cue(0, 2500, "We sail"))
    with transaction() as session:
        save_automatic_track(
            session, str(take_id), Transcription([Cue(0, 1000, "Wheezed")], "en", "demo", None), now=LATER
        )
    assert [cue.text for cue in shown(take_id).cues] == ["We sail"]
    correct(take_id, Cue(0, 2500, "We sailed"), base=2)
    assert shown(take_id).version == 4
