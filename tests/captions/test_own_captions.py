"""A candidate corrects the words of their own captions. The automatic version is kept, and reviewers are told."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from app.audit import AuditEvent
from app.captions.corrections import versions_of
from app.captions.models import TrackKind
from app.captions.services import cues_of, current_track
from app.extensions import db
from app.interviews.models import Attempt
from app.recording.models import Take
from app.transaction import transaction
from tests.answer_factories import make_captioned_take
from tests.factories import NOON, enter, make_attempt, make_take
from tests.page_check import CheckingClient

SAID = ("I led a teem", "of four peoples", "for two years")


@pytest.fixture
def attempt(app: object) -> Attempt:
    return make_attempt()


@pytest.fixture
def take(attempt: Attempt) -> Take:
    return make_captioned_take(attempt, *SAID)


@pytest.fixture
def address(take: Take) -> str:
    return f"/interview/takes/{take.id}/captions"


@pytest.fixture
def candidate(client: CheckingClient, attempt: Attempt) -> CheckingClient:
    enter(client, attempt)
    return client


def save(client: CheckingClient, address: str, *texts: str, base: int = 1) -> Any:
    return client.submit(address, {"base": base, "text": list(texts)})


def current(take: Take) -> list[str]:
    db.session.rollback()
    track = current_track(db.session(), take.id)
    return [cue.text for cue in cues_of(track)] if track else []


def test_the_page_has_a_box_for_each_caption_and_the_question_page_leads_to_it(
    candidate: CheckingClient, address: str, take: Take
) -> None:
    boxes = candidate.page(address).select("textarea")
    assert tuple(box.get_text().strip() for box in boxes) == SAID
    links = candidate.page(f"/interview/questions/{take.question_id}").select(f"a[href='{address}']")
    assert len(links) == 1


def test_corrected_words_are_a_new_version_and_the_automatic_one_is_kept(
    candidate: CheckingClient, address: str, take: Take
) -> None:
    assert save(candidate, address, "I led a team", *SAID[1:]).status_code == 303
    assert current(take) == ["I led a team", *SAID[1:]]
    kinds = [(one.version, one.kind) for one in versions_of(db.session(), take.id)]
    assert kinds == [(2, TrackKind.CANDIDATE), (1, TrackKind.AUTOMATIC)]
    automatic = versions_of(db.session(), take.id)[1]
    assert tuple(cue.text for cue in automatic.cues) == SAID
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "captions corrected")).one()
    assert (event.actor_kind, event.details) == ("candidate", {"version": 2})
    question = candidate.page(f"/interview/questions/{take.question_id}")
    assert question.select_one("track[label='Your corrected captions']") is not None


def test_words_that_stand_keep_the_times_at_which_they_were_heard(
    candidate: CheckingClient, address: str, take: Take
) -> None:
    save(candidate, address, "I led a team", *SAID[1:])
    track = current_track(db.session(), take.id)
    assert track is not None
    heard = [word[0] for word in track.cues[0].words]
    assert heard == ["I", "led", "a"], "a word that was typed has no time of its own"


def test_a_caption_that_was_emptied_is_left_out(candidate: CheckingClient, address: str, take: Take) -> None:
    save(candidate, address, SAID[0], " \n ", SAID[2])
    assert current(take) == [SAID[0], SAID[2]]


@pytest.mark.parametrize("form", [{"base": "1", "text": ["I led a team", *SAID[1:]]}, {"base": "1"}])
def test_a_save_and_a_restore_are_confirmed_once(candidate: CheckingClient, address: str, form: dict[str, Any]) -> None:
    response = candidate.submit(address if "text" in form else f"{address}/restore", form)
    assert response.status_code == 303, response.text
    confirmed = candidate.page(response.location).select("main [data-say]")
    assert [each["data-say"] for each in confirmed] == [
        "Saved. You can change your captions until you send your answers."
    ]
    assert candidate.page(response.location).select_one("main .notice--success") is None


def test_saving_without_a_change_makes_no_version(candidate: CheckingClient, address: str, take: Take) -> None:
    assert save(candidate, address, *SAID).status_code == 303
    assert len(versions_of(db.session(), take.id)) == 1


def test_typed_markup_is_treated_as_plain_text(candidate: CheckingClient, address: str, take: Take) -> None:
    save(candidate, address, "<script>alert(1)</script> --> x", *SAID[1:])
    page = candidate.get(address).text
    assert "<script>alert(1)" not in page
    vtt = candidate.get(f"/captions/{take.id}.vtt").text
    assert "<script>" not in vtt
    assert vtt.count("-->") == 3


def test_a_second_device_sees_both_and_loses_nothing(candidate: CheckingClient, address: str, take: Take) -> None:
    save(candidate, address, "From the telephone", SAID[1], "")
    late = save(candidate, address, SAID[0], "From the computer", "kept too")
    assert late.status_code == 409
    assert current(take) == ["From the telephone", SAID[1]]
    for text in ("From the telephone", "From the computer", "kept too"):
        assert text in late.text
    assert BeautifulSoup(late.text, "html.parser").select_one("input[name=base]")["value"] == "2"  # type: ignore[index]
    assert save(candidate, address, "From the telephone", "From the computer", base=2).status_code == 303
    assert current(take) == ["From the telephone", "From the computer"]


def test_one_can_go_back_to_the_automatic_captions_and_nothing_is_thrown_away(
    candidate: CheckingClient, address: str, take: Take
) -> None:
    save(candidate, address, "Wrong", *SAID[1:])
    assert candidate.submit(f"{address}/restore", {"base": 2}).status_code == 303
    assert tuple(current(take)) == SAID
    assert [one.version for one in versions_of(db.session(), take.id)] == [3, 2, 1]


@pytest.mark.parametrize("fields", [{}, {"base": "x"}, {"base": 1}, {"base": 1, "text": ["only one"]}])
def test_invalid_form_changes_nothing(
    candidate: CheckingClient, address: str, take: Take, fields: dict[str, Any]
) -> None:
    assert candidate.submit(address, fields).status_code == 422
    assert tuple(current(take)) == SAID


def test_too_many_words_are_refused_and_stay_in_the_box(candidate: CheckingClient, address: str, take: Take) -> None:
    response = save(candidate, address, "word " * 2000, *SAID[1:])
    assert response.status_code == 422
    assert "word word word" in response.text
    (wrong,) = BeautifulSoup(response.text, "html.parser").select("textarea[aria-invalid=true]")
    assert (wrong["id"], wrong["aria-describedby"]) == ("text-0", "text-0-error")
    assert 'id="text-0-error"' in response.text
    assert tuple(current(take)) == SAID


def test_before_there_are_captions_the_page_says_so_and_sending_does_not_wait(
    candidate: CheckingClient, attempt: Attempt
) -> None:
    take = make_take(attempt, attempt.interview.questions[1], stopped_at=NOON, complete_at=NOON)
    said = candidate.page(f"/interview/takes/{take.id}/captions").get_text()
    assert "Not ready yet. Load this page again in a few minutes." in said
    assert "You do not need captions to send your answers." in said


def test_another_candidate_and_one_who_has_sent_are_refused(
    candidate: CheckingClient, address: str, take: Take, attempt: Attempt, app: Any
) -> None:
    stranger: CheckingClient = app.test_client()
    enter(stranger, make_attempt())
    assert stranger.get(address).status_code == 404
    assert save(stranger, address, "Theirs", *SAID[1:]).status_code == 404
    with transaction() as session:
        session.merge(attempt).submitted_at = NOON
    assert candidate.get(address).status_code == 409
    assert save(candidate, address, "Late", *SAID[1:]).status_code == 409
    assert tuple(current(take)) == SAID
