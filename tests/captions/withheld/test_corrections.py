"""Withheld captions are shown once a person has corrected them, or checked them against the recording."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.audit import Actor
from app.captions.corrections import restore, save_correction
from app.captions.models import TrackKind
from app.captions.services import Transcription, save_automatic_track
from app.captions.verdicts import Verdict, verdict_on
from app.interviews.models import BlindMode
from app.recording.models import Media
from app.transaction import transaction
from tests.answer_factories import make_cue
from tests.captions.withheld.withheld_answer import (
    BAD,
    SAID,
    Reviewed,
    make_blind,
    words_in,
)
from tests.factories import NOON


def test_who_can_hear_the_recording_gets_the_words_to_correct_marked(reviewed: Reviewed) -> None:
    page = reviewed.client.page(f"/review/captions/{reviewed.take_id}")
    assert [field.get_text().strip() for field in page.select("textarea[name=text]")] == list(SAID)
    assert "most of these words are probably wrong" in page.get_text()
    version = reviewed.client.page(f"/review/captions/{reviewed.take_id}/versions/1").get_text()
    assert "Version 1: the speech model did not understand this recording well" in version


def correct(reviewed: Reviewed, *texts: str) -> Any:
    page = reviewed.client.page(f"/review/captions/{reviewed.take_id}")
    form = page.select_one("#caption-editor")
    assert form
    times = {name: [str(field["value"]) for field in form.select(f"input[name={name}]")] for name in ("start", "end")}
    sent = {"base": str(reviewed.track().version), "source": "", "language": "en", **times, "text": list(texts)}
    return reviewed.client.submit(f"/review/captions/{reviewed.take_id}", {**sent, "do": "save"})


def test_a_correction_lifts_it(reviewed: Reviewed) -> None:
    correct(reviewed, "Kittens sit", "under a teapot")
    assert len(reviewed.found()) == 1
    assert "Kittens sit" in reviewed.client.get(f"/review/answers/{reviewed.answer.id}").text
    assert "Kittens sit" in reviewed.client.get(f"/captions/{reviewed.take_id}.vtt").text
    make_blind(reviewed, BlindMode.TEXT)
    assert "Kittens sit" in reviewed.client.get(f"/review/answers/{reviewed.answer.id}").text
    pages = reviewed.editing()
    assert "Gibberish" not in pages[f"/review/captions/{reviewed.take_id}/versions/1"]
    assert "Gibberish" not in reviewed.client.get(f"/review/captions/{reviewed.take_id}/versions/2").text


def test_saving_it_without_a_change_does_not_lift_it(reviewed: Reviewed) -> None:
    correct(reviewed, *SAID)
    assert reviewed.track().version == 2
    assert words_in(reviewed.reading()) == {}
    assert reviewed.found() == []


def test_restoring_it_does_not_lift_it(reviewed: Reviewed) -> None:
    correct(reviewed, "Kittens sit", "under a teapot")
    reviewed.client.submit(f"/review/captions/{reviewed.take_id}/versions/1/restore", {"base": "2"})
    assert reviewed.track().version == 3
    assert words_in(reviewed.reading()) == {}
    assert reviewed.found() == []


def test_a_person_who_checked_it_against_the_recording_lifts_it(reviewed: Reviewed) -> None:
    reviewed.client.submit(f"/review/captions/{reviewed.take_id}/check", {"base": "1"})
    assert "Gibberish" in reviewed.client.get(f"/review/answers/{reviewed.answer.id}").text
    assert len(reviewed.found()) == 1


def test_two_editors_at_once_in_a_blind_review_do_not_get_the_words(reviewed: Reviewed) -> None:
    make_blind(reviewed, BlindMode.TEXT)
    with transaction() as session:
        restore(session, reviewed.take_id, 1, base=1, actor=Actor("candidate", "someone"), now=NOON)
    fields = {"base": "1", "source": "", "language": "en", "start": ["0:00"], "end": ["0:02"], "text": ["Kittens"]}
    page = reviewed.client.submit(f"/review/captions/{reviewed.take_id}", {**fields, "do": "save"})
    assert page.status_code == 409
    assert words_in({"page": page.text}) == {}


def test_captions_that_the_model_withholds_are_not_appended_to_a_persons(reviewed: Reviewed) -> None:
    with transaction() as session:
        cues = [make_cue("Kittens sit")]
        save_correction(
            session, reviewed.take_id, cues, base=1, kind=TrackKind.CANDIDATE, actor=Actor("candidate", "x"), now=NOON
        )
        media = session.scalars(select(Media)).one()
        media.duration_ms, media.created_at = 60_000, NOON.replace(year=NOON.year + 1)
    assert verdict_on(BAD) is Verdict.NOT_UNDERSTOOD
    with transaction() as session:
        heard = Transcription([make_cue("Gibberish wobbles", 30_000)], "en", "base", None, signals=BAD)
        track = save_automatic_track(session, reviewed.take_id, heard, now=NOON)
        assert (track.verdict, track.signals and track.signals["log_probability"]) == ("not understood", -2.5)
    assert [cue.text for cue in reviewed.track().cues] == ["Kittens sit"]
