"""Candidates are told when their captions are withheld or may be wrong, and can correct them."""

from __future__ import annotations

import io
import json
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from app.accounts.models import Role
from app.captions.models import CaptionTrack
from app.extensions import db
from app.interviews.models import Attempt, Invitation
from app.recording.models import Take
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer, make_captioned_take
from tests.captions.withheld.withheld_answer import (
    NEUTRAL,
    SAID,
    Reviewed,
    withheld,
    words_in,
)
from tests.factories import enter, make_attempt, make_user, sign_in
from tests.page_check import CheckingClient


def test_the_candidates_replay_has_no_captions_and_says_what_they_can_do(client: CheckingClient, take: Take) -> None:
    enter(client, db.session.get_one(Attempt, take.attempt_id))
    page = client.page(f"/interview/questions/{take.question_id}")
    card = page.select_one(f"#take-{take.id}")
    assert card
    assert card.select("track") == []
    assert "This is not your fault, and your recording is kept." in " ".join(card.get_text().split())
    assert card.select_one(f"#correct-{take.id}")
    assert card.select_one(f"#help-{take.id}")
    assert words_in({"page": str(page)}) == {}


def test_the_candidate_may_see_and_correct_them_and_is_told_that_nobody_else_does(
    client: CheckingClient, take: Take
) -> None:
    enter(client, db.session.get_one(Attempt, take.attempt_id))
    address = f"/interview/takes/{take.id}/captions"
    page = client.page(address)
    assert [box.get_text().strip() for box in page.select("textarea")] == list(SAID)
    assert "Reviewers do not see them until you correct them and save." in page.get_text()
    client.submit(address, {"base": 1, "text": ["Kittens sit", SAID[1]]})
    assert "Reviewers do not see them" not in client.page(address).get_text()
    client.submit(f"{address}/restore", {"base": 2})
    assert "Reviewers do not see them" in client.page(address).get_text()


def test_the_receipt_offers_no_captions_and_says_why(client: CheckingClient) -> None:
    answer = make_captioned_answer(*SAID, verdict="not understood")
    enter(client, answer.attempt)
    page = client.page("/interview/receipt")
    assert page.select("a[href^='/captions/']") == []
    assert "so there are none to download" in page.get_text()
    assert words_in({"file": client.get(f"/captions/{answer.take_id}.vtt?download=1").text}) == {}


def test_the_copy_of_a_persons_data_has_the_words_and_the_verdict_marked(client: CheckingClient) -> None:
    answer = make_captioned_answer(*SAID, verdict="not understood", signals={"log_probability": -2.5})
    invitation: Invitation = answer.attempt.invitation
    sign_in(client, make_user(Role.COMPLIANCE))
    sent = client.submit(f"/compliance/people/{invitation.id}/data.zip", {})
    archive = ZipFile(io.BytesIO(sent.data))
    name = next(name for name in archive.namelist() if name.endswith(".vtt"))
    assert NEUTRAL in archive.read(name).decode()
    assert "Gibberish" in archive.read(name).decode()
    captions = json.loads(archive.read("data.json"))["captions"]
    assert [(one["verdict"], one["signals"]) for one in captions] == [("not understood", {"log_probability": -2.5})]


def test_a_recording_of_speech_without_words_is_not_called_silent(client: CheckingClient, reviewed: Reviewed) -> None:
    answer = make_captioned_answer(
        attempt=reviewed.answer.attempt, question=reviewed.interview.questions[1], verdict="not understood"
    )
    section = client.page(f"/review/answers/{answer.id}").select_one("#transcript")
    assert section
    assert "No speech was heard" not in section.get_text()
    assert [link.get_text() for link in section.select("a")][:2] == ["Type captions", "Add a caption file"]
    take = withheld(make_captioned_take(make_attempt(), *SAID))
    with transaction() as session:
        session.scalars(select(CaptionTrack).where(CaptionTrack.take_id == take.id)).one().cues = []
    enter(client, db.session.get_one(Attempt, take.attempt_id))
    text = client.page(f"/interview/questions/{take.question_id}").get_text()
    assert "We heard no speech" not in text
    assert "This is not your fault, and your recording is kept." in text
    assert "This is not your fault" in client.page(f"/interview/takes/{take.id}/captions").get_text()


@pytest.mark.parametrize(("verdict", "lines"), [("care", 1), ("good", 0)])
def test_the_candidates_replay_says_when_to_read_with_care(client: CheckingClient, verdict: str, lines: int) -> None:
    take = withheld(make_captioned_take(make_attempt(), *SAID), verdict)
    enter(client, db.session.get_one(Attempt, take.attempt_id))
    page = client.page(f"/interview/questions/{take.question_id}")
    assert page.get_text().count("Read them with care") == lines
    assert len(page.select("track")) == 1
    assert client.page(f"/interview/takes/{take.id}/captions").get_text().count("Read them with care") == lines
