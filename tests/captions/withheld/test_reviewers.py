"""Withheld captions are not on pages for reviewing, in files or in search results."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from app.captions.models import CaptionTrack
from app.captions.services import Transcription, save_automatic_track
from app.extensions import db
from app.interviews.models import BlindMode
from app.recording.models import Media
from app.review.search.services import index_answers, index_track, missing_from_index
from app.transaction import transaction
from tests.answer_factories import make_cue
from tests.captions.withheld.withheld_answer import (
    ABOUT_THE_VOICE,
    BAD,
    NEUTRAL,
    Reviewed,
    make_blind,
    said_by,
    words_in,
)
from tests.factories import NOON


@pytest.mark.parametrize("mode", BlindMode)
def test_no_page_or_file_for_judging_has_the_words(reviewed: Reviewed, mode: BlindMode) -> None:
    make_blind(reviewed, mode)
    assert words_in(reviewed.reading()) == {}
    assert reviewed.found() == []


def test_the_reviewer_is_told_why_and_what_to_do(reviewed: Reviewed) -> None:
    page = reviewed.client.page(f"/review/answers/{reviewed.answer.id}")
    section = page.select_one("#transcript")
    assert section
    text = " ".join(section.get_text().split())
    assert "The speech model did not understand this recording well." in text
    links = [str(link["href"]) for link in section.select("a")]
    address = f"/review/captions/{reviewed.take_id}"
    assert links == [address, f"{address}/file", f"{address}/versions#language"]
    assert page.select("#recording"), "the recording can be played"
    assert page.select("track, [data-captions]") == []


def test_a_blind_review_of_words_says_nothing_about_the_voice(reviewed: Reviewed) -> None:
    make_blind(reviewed, BlindMode.TEXT)
    section = reviewed.client.page(f"/review/answers/{reviewed.answer.id}").select_one("#transcript")
    assert section
    said = {"transcript": section.get_text(), **reviewed.editing()}
    said |= {kind: reviewed.client.get(f"/captions/{reviewed.take_id}.{kind}").text for kind in ("vtt", "srt", "txt")}
    assert "A person has to make it." in said["transcript"]
    assert said_by(said, ABOUT_THE_VOICE) == {}
    assert words_in(said) == {}


def test_a_blind_review_of_the_voice_says_nothing_about_it(reviewed: Reviewed) -> None:
    make_blind(reviewed, BlindMode.VOICE)
    with transaction() as session:
        session.scalars(select(Media)).one().sound_key = "sound"
    section = reviewed.client.page(f"/review/answers/{reviewed.answer.id}").select_one("#transcript")
    assert section
    assert "A person has to make it. Listen to the recording." in " ".join(section.get_text().split())
    assert said_by({"transcript": section.get_text()}, ("understand", "speech model", "voice", "accent")) == {}


def test_caption_files_contain_only_the_sentence(reviewed: Reviewed) -> None:
    address = f"/captions/{reviewed.take_id}"
    assert NEUTRAL in reviewed.client.get(f"{address}.vtt").text
    assert "-->" not in reviewed.client.get(f"{address}.vtt").text
    assert reviewed.client.get(f"{address}.txt").text == f"{NEUTRAL}\n"
    sent = reviewed.client.get(f"{address}.srt")
    assert sent.text.splitlines()[2:] == [f"[{NEUTRAL}]"]
    assert "no-transcript" in sent.headers["Content-Disposition"]


def test_the_sentence_in_a_file_is_not_read_back_as_a_caption(reviewed: Reviewed) -> None:
    sent = reviewed.client.get(f"/captions/{reviewed.take_id}.srt").data
    fields = {"base": "1", "file": (io.BytesIO(sent), "captions.srt")}
    address = f"/review/captions/{reviewed.take_id}/file"
    page = reviewed.client.submit(address, fields, content_type="multipart/form-data")
    assert page.status_code == 422
    assert "Nothing was read" not in page.text
    assert reviewed.track().version == 1


def test_the_index_sweep_does_not_look_for_it_again_and_again(reviewed: Reviewed) -> None:
    assert list(missing_from_index(db.session())) == []


def test_words_of_an_earlier_version_are_no_longer_found_when_a_newer_one_was_not_understood(
    reviewed: Reviewed,
) -> None:
    with transaction() as session:
        session.scalars(select(CaptionTrack)).one().verdict = "good"
    with transaction() as session:
        index_answers(session, [reviewed.answer.id])
    assert len(reviewed.found()) == 1
    with transaction() as session:
        heard = Transcription([make_cue("under a teapot")], "en", "base", None, signals=BAD)
        index_track(session, save_automatic_track(session, reviewed.take_id, heard, now=NOON).id)
    assert reviewed.found() == []


@pytest.mark.parametrize(("mode", "lines"), [(BlindMode.OFF, 1), (BlindMode.TEXT, 0)])
def test_captions_to_read_with_care_have_one_line_above_them_except_where_nobody_hears(
    reviewed: Reviewed, mode: BlindMode, lines: int
) -> None:
    with transaction() as session:
        session.scalars(select(CaptionTrack)).one().verdict = "care"
    make_blind(reviewed, mode)
    page = reviewed.client.page(f"/review/answers/{reviewed.answer.id}")
    assert page.get_text().count("Read it with care") == lines
    assert "Gibberish" in page.get_text()
    files = [reviewed.client.get(f"/captions/{reviewed.take_id}.{kind}").text for kind in ("vtt", "srt", "txt")]
    assert not any("with care" in file for file in files)


def test_good_captions_say_nothing_more(reviewed: Reviewed) -> None:
    with transaction() as session:
        session.scalars(select(CaptionTrack)).one().verdict = "good"
    assert "with care" not in reviewed.client.page(f"/review/answers/{reviewed.answer.id}").get_text()
