"""Sending the answers, and the receipt."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from app.clock import now
from app.extensions import db
from app.recording.models import Answer, StageState, Take, TakeKind, WrittenDraft
from app.transaction import transaction
from tests.answer_factories import add_media, make_captioned_answer, set_stages
from tests.factories import NOON, enter, make_attempt, make_interview, make_take
from tests.interviews.candidate import answered, words
from tests.page_check import CheckingClient

pytestmark = pytest.mark.every_database


def test_after_the_deadline_what_there_is_can_still_be_sent(client: CheckingClient) -> None:
    attempt = make_attempt(make_interview(deadline_at=now() - timedelta(hours=1)))
    answered(attempt)
    enter(client, attempt)
    assert "The deadline has passed" in words(client, "/interview/")
    assert client.submit("/interview/submit", {"unanswered": "1 2 3"}).location == "/interview/receipt"


def test_with_all_answered_one_press_sends(client: CheckingClient) -> None:
    attempt = make_attempt()
    for question in range(3):
        answered(attempt, question)
    enter(client, attempt)
    page = client.page("/interview/")
    assert page.h1
    assert page.h1.get_text() == "Check your answers"
    assert not page.select("input[type=checkbox]")
    assert client.submit("/interview/submit").location == "/interview/receipt"


def test_questions_without_an_answer_are_named_and_asked_about_before_anything_is_sent(client: CheckingClient) -> None:
    attempt = make_attempt()
    answered(attempt, 1)
    enter(client, attempt)
    assert "Send my answers" in words(client, "/interview/")
    asked = client.submit("/interview/submit")
    assert asked.status_code == 409
    page = BeautifulSoup(asked.text, "html.parser")
    box = page.select_one("#sending:has(h2[data-focus])")
    assert box
    assert "2 questions have no answer. Send anyway?" in box.get_text(" ", strip=True)
    assert [item.get_text() for item in box.select("li")] == ["Question 1", "Question 3"]
    assert [one.get_text() for one in box.select("button:not([hidden]), a")] == ["Send anyway", "Go to question 1"]
    assert page.title
    assert "Nothing has been sent yet" in page.title.get_text()
    db.session.refresh(attempt)
    assert attempt.submitted_at is None
    said = {str(field["name"]): str(field["value"]) for field in box.select("input")}
    assert client.submit("/interview/submit", said).location == "/interview/receipt"


def test_a_question_that_lost_its_answer_meanwhile_is_asked_about_again(client: CheckingClient) -> None:
    attempt = make_attempt()
    answered(attempt, 1)
    enter(client, attempt)
    assert client.submit("/interview/submit", {"unanswered": "3"}).status_code == 409
    assert client.submit("/interview/submit", {"unanswered": "1 2 3"}).location == "/interview/receipt"


def test_what_was_recorded_or_written_but_not_chosen_is_not_called_unanswered(client: CheckingClient) -> None:
    attempt = make_attempt(make_interview(questions=2))
    make_take(attempt, attempt.interview.questions[0], stopped_at=NOON, complete_at=NOON)
    with transaction() as session:
        draft = {"attempt_id": attempt.id, "question_id": attempt.interview.questions[1].id, "text": "By hand."}
        session.add(WrittenDraft(**draft, version=1, saved_at=NOON))
    enter(client, attempt)
    assert client.submit("/interview/submit").location == "/interview/receipt"


def test_who_has_not_agreed_is_not_asked_and_sends_nothing(client: CheckingClient) -> None:
    attempt = make_attempt(consent_version=None, declined_at=NOON)
    answered(attempt)
    enter(client, attempt)
    assert client.submit("/interview/submit").status_code == 409
    db.session.refresh(attempt)
    assert attempt.submitted_at is None


def test_the_address_of_the_former_check_page_leads_to_the_list(client: CheckingClient) -> None:
    enter(client, make_attempt())
    assert client.get("/interview/check").location == "/interview/"


def test_nothing_is_sent_when_there_is_nothing(client: CheckingClient) -> None:
    enter(client, make_attempt())
    assert "Send my answers" not in words(client, "/interview/")
    assert client.submit("/interview/submit", {"unanswered": "1 2 3"}).status_code == 409


def test_sending_gives_a_receipt_and_ends_the_journey(client: CheckingClient) -> None:
    attempt = make_attempt()
    chosen = answered(attempt)
    spare = make_take(attempt, number=2, stopped_at=NOON, complete_at=NOON)
    enter(client, attempt)
    assert client.submit("/interview/submit", {"unanswered": "1 2 3"}).location == "/interview/receipt"
    db.session.expire_all()
    assert attempt.receipt
    assert attempt.receipt in words(client, "/interview/receipt")
    assert (chosen.removed_at, bool(spare.removed_at)) == (None, True)
    for address in ("/interview/", "/interview/preferences", "/interview/consent"):
        assert client.get(address).location == "/interview/receipt"
    again = client.submit("/interview/submit")
    assert (again.status_code, again.location) == (303, "/interview/receipt")


@pytest.mark.parametrize(
    ("assemble", "transcribe", "kind", "said"),
    [
        (StageState.PENDING, None, TakeKind.VIDEO, "Not ready yet."),
        (StageState.FAILED, None, TakeKind.VIDEO, "cannot play or download it"),
        (StageState.DONE, StageState.PENDING, TakeKind.VIDEO, "Captions are still being made."),
        (StageState.DONE, StageState.WAITING_FOR_MODEL, TakeKind.VIDEO, "Captions will be made later."),
        (StageState.DONE, StageState.FAILED, TakeKind.VIDEO, "Captions could not be made."),
        (StageState.DONE, StageState.DONE, TakeKind.VIDEO, "No speech was heard"),
        (StageState.DONE, StageState.PENDING, TakeKind.SIGNED, "A signed answer gets no automatic captions."),
        (StageState.DONE, StageState.DONE, TakeKind.SIGNED, "A signed answer gets no automatic captions."),
    ],
)
def test_the_receipt_says_of_each_answer_whether_there_are_captions_and_whether_they_will_come(
    client: CheckingClient, assemble: StageState, transcribe: StageState | None, kind: TakeKind, said: str
) -> None:
    attempt = make_attempt(submitted_at=NOON, receipt="BCDF-GHJK-MNPQ")
    take = answered(attempt)
    with transaction() as session:
        session.get_one(Take, take.id).kind = str(kind)
    set_stages(take.id, assemble, transcribe)
    if assemble == StageState.DONE:
        add_media(take.id)
    enter(client, attempt)
    page = client.page("/interview/receipt")
    assert [said in hint.get_text() for hint in page.select(".task-list .hint")] == [True]
    assert len(page.select(".task-list a[download]")) == (assemble == StageState.DONE)


def test_a_candidate_who_sends_during_an_upload_is_told_to_stay_until_it_ends(
    client: CheckingClient,
) -> None:
    attempt = make_attempt()
    take = answered(attempt)
    enter(client, attempt)
    assert client.page("/interview/").select_one("#coming[hidden]")
    with transaction() as session:
        session.get_one(Take, take.id).complete_at = session.get_one(Take, take.id).closed_at = None
    assert "Answered. More of it may still arrive" in words(client, "/interview/")
    assert "Keep this page open in that browser until all of it has arrived" in words(client, "/interview/")
    assert client.submit("/interview/submit", {"unanswered": "1 2 3"}).status_code == 409
    assert client.submit("/interview/submit", {"unanswered": "1 2 3", "told": "1:?"}).status_code == 303
    receipt = words(client, "/interview/receipt")
    assert "Part of your recording may not have arrived yet" in receipt
    assert "open your invitation link again in this browser" in receipt
    assert "You have finished" not in receipt
    with transaction() as session:
        session.get_one(Take, take.id).complete_at = session.get_one(Take, take.id).closed_at = NOON
    assert client.page("/interview/receipt").select_one("#coming[hidden]")
    assert "You have finished" in words(client, "/interview/receipt")


def test_the_receipt_gives_recording_and_captions(client: CheckingClient) -> None:
    attempt = make_attempt(submitted_at=NOON, receipt="BCDF-GHJK-MNPQ")
    answer = make_captioned_answer("I said this", attempt=attempt)
    enter(client, attempt)
    page = client.page("/interview/receipt")
    assert page.select(".task-list .hint") == []
    offered = [str(link["href"]) for link in page.select(".task-list a[download]")]
    assert offered == [f"/media/{answer.take_id}", f"/captions/{answer.take_id}.vtt?download=1"]
    for address in offered:
        with client.get(address) as file:
            assert file.status_code == 200


def test_where_nothing_was_chosen_the_newest_recording_is_sent(client: CheckingClient) -> None:
    attempt = make_attempt()
    make_take(attempt, number=1, stopped_at=NOON, complete_at=NOON)
    newest = make_take(attempt, number=2, stopped_at=NOON, complete_at=NOON)
    enter(client, attempt)
    assert "your last recording is sent" in words(client, "/interview/")
    client.submit("/interview/submit", {"unanswered": "1 2 3"})
    assert [answer.take_id for answer in db.session.query(Answer)] == [newest.id]


def test_there_is_no_receipt_before_sending(client: CheckingClient) -> None:
    enter(client, make_attempt())
    assert client.get("/interview/receipt").location == "/interview/"
