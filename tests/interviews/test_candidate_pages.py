"""The candidate's pages in the order of the interview, without JavaScript. Each page is checked when it is fetched."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from app import housekeeping
from app.accommodations import decisions
from app.accommodations.rules import Given, Kind
from app.accounts.models import Role
from app.clock import now
from app.extensions import db
from app.interviews import rules
from app.interviews.models import Attempt, InterviewState, Invitation
from app.recording.models import Answer, StageState, Take, TakeKind
from app.transaction import transaction
from tests.answer_factories import add_media, make_captioned_answer, set_stages
from tests.factories import NOON, enter, make_attempt, make_interview, make_invitation, make_take, make_user, sign_in
from tests.page_check import CheckingClient

CONSENT_TEXTS = {"1": "a4a8fadb", "2": "9b44ebf0", "3": "903802d4"}
"""The first eight digits of the SHA-256 of each consent text. They differ if a text is no longer the one people agreed
to.
"""


def words(client: CheckingClient, address: str) -> str:
    return client.page(address).main.get_text(" ", strip=True)  # type: ignore[union-attr]


def answered(attempt: Attempt, question: int = 0) -> Take:
    """Make a complete take that is the answer to a question."""
    take = make_take(
        attempt, attempt.interview.questions[question], stopped_at=NOON, complete_at=NOON, recorded_ms=5000
    )
    with transaction() as session:
        session.add(Answer(attempt_id=attempt.id, question_id=take.question_id, take_id=take.id, chosen_at=NOON))
    return take


def test_the_invitation_says_what_is_asked_by_when_and_what_becomes_of_it(client: CheckingClient) -> None:
    interview = make_interview(
        introduction="Two parts.\r\n\r\nSecond & last.",
        retention_days=90,
        deadline_at=NOON.replace(year=2126),
        time_zone="Europe/London",
    )
    invitation, token = make_invitation(interview)
    page = client.page(f"/i/{token}")
    text = page.main.get_text(" ", strip=True)  # type: ignore[union-attr]
    for said in (
        "Harbour Trust invites you",
        invitation.candidate_name,
        "Questions 3",
        "About 15 minutes",
        "sign, write, or send a file",
        "only between “Start recording” and “Stop recording”",
        "The people at Harbour Trust who review this interview see your answers",
        "2 November 2126 at 12:00 (London time)",
        "Second & last.",
        "kept for 90 days",
        "nothing analyses your face, your voice or your emotions",
    ):
        assert said in text, said
    assert [time["datetime"] for time in page.select("time")] == ["2126-11-02T12:00:00Z"]


def test_the_invitation_of_whoever_has_begun_reckons_with_what_they_were_given(client: CheckingClient) -> None:
    invitation, token = make_invitation(make_interview())
    before = words(client, f"/i/{token}")
    assert "About 15 minutes" in before
    assert "keeps you signed in for 14 days" in before
    client.submit(f"/i/{token}")
    coordinator = make_user(Role.COORDINATOR)
    with transaction() as session:
        attempt = session.get_one(Invitation, invitation.id).attempt
        assert attempt
        twice = Given(Kind.RECORDING_TIME, 200)
        decisions.lengthen(session, attempt, twice, user=session.merge(coordinator), now=NOON)
    assert "About 20 minutes" in words(client, f"/i/{token}")
    with transaction() as session:
        session.get_one(Attempt, attempt.id).waiting_since = NOON
    assert "Your deadline is paused" in words(client, f"/i/{token}")


def test_opening_the_link_changes_nothing_however_often(client: CheckingClient) -> None:
    _invitation, token = make_invitation()
    for method in ("HEAD", "GET", "OPTIONS", "GET"):
        assert client.open(f"/i/{token}", method=method).status_code == 200
    assert db.session.query(Attempt).count() == 0
    with client.session_transaction() as session:
        assert "attempt" not in session


def test_the_button_opens_a_fresh_session_at_an_address_without_the_token(client: CheckingClient) -> None:
    _invitation, token = make_invitation()
    with client.session_transaction() as session:
        session["left over"] = "from before"
    answer = client.submit(f"/i/{token}")
    assert (answer.status_code, answer.location) == (303, "/interview/")
    with client.session_transaction() as session:
        assert set(session) == {"attempt", "csrf_token", "id", "_permanent"}


@pytest.mark.parametrize(
    ("make", "status", "said"),
    [
        (lambda: "A" * 43, 404, "does not lead to an invitation"),
        (lambda: make_invitation(cancelled_at=NOON)[1], 410, "cancelled"),
        (lambda: make_invitation(expires_at=NOON)[1], 410, "expired"),
        (lambda: make_invitation(make_interview(deadline_at=NOON))[1], 410, "expired"),
        (lambda: make_invitation(make_interview(state=InterviewState.CLOSED))[1], 410, "closed"),
    ],
)
def test_a_link_that_opens_nothing_says_why(client: CheckingClient, make, status: int, said: str) -> None:  # type: ignore[no-untyped-def]
    token = make()
    for answer in (client.get(f"/i/{token}"), client.submit(f"/i/{token}")):
        assert answer.status_code == status
        assert said in answer.get_data(as_text=True)
        assert "What to do next" in answer.get_data(as_text=True)


def test_a_link_that_was_used_leads_its_own_browser_to_the_receipt_and_others_nowhere(
    app: Flask, client: CheckingClient
) -> None:
    invitation, token = make_invitation()
    attempt = Attempt(
        invitation_id=invitation.id,
        started_at=NOON,
        consent_version=rules.CONSENT_VERSION,
        submitted_at=NOON,
        receipt="BCDF-GHJK-MNPQ",
    )
    with transaction() as session:
        session.add(attempt)
    stranger = app.test_client()
    answer = stranger.get(f"/i/{token}")
    assert answer.status_code == 410
    assert "BCDF-GHJK-MNPQ" in answer.get_data(as_text=True)
    enter(client, attempt)
    assert client.get(f"/i/{token}").location == "/interview/receipt"


def test_staff_who_open_a_link_are_told_that_they_will_be_signed_out(client: CheckingClient) -> None:
    sign_in(client, make_user(Role.COORDINATOR))
    _invitation, token = make_invitation()
    assert "signs you out" in words(client, f"/i/{token}")


@pytest.mark.parametrize("address", ["/interview/", "/interview/preferences", "/interview/check"])
def test_consent_comes_before_everything_else(client: CheckingClient, address: str) -> None:
    enter(client, make_attempt(consent_version=None, consented_at=None))
    assert client.get(address).location == "/interview/consent"


def test_agreeing_is_written_down_and_goes_on(client: CheckingClient) -> None:
    attempt = make_attempt(consent_version=None, consented_at=None)
    enter(client, attempt)
    text = words(client, "/interview/consent")
    assert "Your answers are deleted after 365 days" in text
    assert client.submit("/interview/consent").location == "/interview/preferences"
    db.session.refresh(attempt)
    assert attempt.consent_version == rules.consent_version_read("en")
    assert "You have agreed to this" in words(client, "/interview/consent")


def test_the_page_shows_the_text_that_was_agreed_to(client: CheckingClient) -> None:
    enter(client, make_attempt(consent_version="2-en"))
    said = words(client, "/interview/consent")
    assert "You have agreed to this" in said
    assert "made by a computer that belongs to or works for Harbour Trust" in said


def test_the_text_that_was_agreed_to_is_never_changed() -> None:
    folder = Path(__file__).parents[2] / "app" / "templates" / "interviews"
    found = {
        path.stem.removeprefix("_consent_"): hashlib.sha256(path.read_bytes()).hexdigest()[:8]
        for path in folder.glob("_consent_*.html")
    }
    assert found == CONSENT_TEXTS
    assert max(found, key=int) == rules.CONSENT_VERSION


def test_saying_no_leads_to_a_person_and_can_be_taken_back(app: Flask, client: CheckingClient, use_config) -> None:  # type: ignore[no-untyped-def]
    use_config(contact="people@harbour.example")
    attempt = make_attempt(consent_version=None, consented_at=None)
    enter(client, attempt)
    assert client.submit("/interview/consent/refuse").location == "/interview/declined"
    page = client.page("/interview/declined")
    assert page.select_one('a[href="mailto:people@harbour.example"]')
    assert client.get("/interview/").location == "/interview/declined"
    assert client.get("/interview/consent").status_code == 200
    client.submit("/interview/consent")
    assert client.get("/interview/").status_code == 200


def test_a_started_candidate_reads_what_is_sent_automatically_and_can_withdraw_consent(
    client: CheckingClient,
) -> None:
    attempt = make_attempt(make_interview(deadline_at=NOON.replace(year=2126)))
    take = answered(attempt)
    enter(client, attempt)
    page = client.page("/interview/")
    assert "what you have recorded or written is sent one day after the deadline" in page.get_text()
    assert page.select_one('main a[href="/interview/consent"]')
    assert "no reviewer sees it" in words(client, "/interview/consent")
    client.submit("/interview/consent/refuse")
    assert "nothing that you have recorded or written is sent" in words(client, "/interview/declined")
    housekeeping.complete_abandoned(NOON.replace(year=2127))
    db.session.expire_all()
    assert (attempt.submitted_at, take.removed_at) == (None, None)
    client.submit("/interview/consent")
    assert "1 of 3 answered" in words(client, "/interview/")


def test_preferences_are_kept_and_shown_again(client: CheckingClient) -> None:
    attempt = make_attempt()
    enter(client, attempt)
    page = client.page("/interview/preferences")
    assert {box["name"] for box in page.select("input[checked]")} == {"warnings", "captions", "countdown_seconds"}
    chosen = {"hide_timer": "y", "audio_only": "y", "countdown_seconds": "10"}
    assert client.submit("/interview/preferences", chosen).location == "/interview/device-check"
    page = client.page("/interview/preferences")
    assert {box["name"] for box in page.select("input[checked]")} == {"hide_timer", "audio_only", "countdown_seconds"}
    assert page.select_one("input[name=countdown_seconds][checked]")["value"] == "10"  # type: ignore[index]


def test_a_preference_that_does_not_exist_gets_the_form_again(client: CheckingClient) -> None:
    enter(client, make_attempt())
    answer = client.submit("/interview/preferences", {"countdown_seconds": "7"})
    assert answer.status_code == 422
    assert 'href="#countdown_seconds-0"' in answer.get_data(as_text=True)


def test_the_task_list_says_where_each_question_stands(client: CheckingClient) -> None:
    attempt = make_attempt()
    answered(attempt, 0)
    make_take(attempt, attempt.interview.questions[1], stopped_at=NOON, complete_at=NOON, recorded_ms=4000)
    enter(client, attempt)
    page = client.page("/interview/")
    states = [state.get_text(" ", strip=True) for state in page.select(".task-list__state")]
    assert states == ["Answered", "Recorded, not chosen yet", "Not started"]
    assert "1 of 3 answered" in page.main.get_text(" ", strip=True)  # type: ignore[union-attr]


def test_with_a_fixed_order_later_questions_wait_for_those_before(client: CheckingClient) -> None:
    attempt = make_attempt(make_interview(any_order=False))
    enter(client, attempt)
    page = client.page("/interview/")
    links = [link["href"] for link in page.select(".task-list__title a")]
    assert links == [f"/interview/questions/{attempt.interview.questions[0].id}"]


def test_after_the_deadline_what_there_is_can_still_be_sent(client: CheckingClient) -> None:
    attempt = make_attempt(make_interview(deadline_at=now() - timedelta(hours=1)))
    answered(attempt)
    enter(client, attempt)
    assert "The deadline has passed" in words(client, "/interview/")
    assert client.submit("/interview/submit", {"confirm": "y"}).location == "/interview/receipt"


def test_sending_needs_to_be_confirmed(client: CheckingClient) -> None:
    attempt = make_attempt()
    answered(attempt)
    enter(client, attempt)
    answer = client.submit("/interview/submit")
    assert answer.status_code == 422
    assert 'href="#confirm"' in answer.get_data(as_text=True)
    db.session.refresh(attempt)
    assert attempt.submitted_at is None


def test_nothing_is_sent_when_there_is_nothing(client: CheckingClient) -> None:
    enter(client, make_attempt())
    assert "nothing to send yet" in words(client, "/interview/check")
    assert client.submit("/interview/submit", {"confirm": "y"}).status_code == 409


def test_sending_gives_a_receipt_and_ends_the_journey(client: CheckingClient) -> None:
    attempt = make_attempt()
    chosen = answered(attempt)
    spare = make_take(attempt, number=2, stopped_at=NOON, complete_at=NOON)
    enter(client, attempt)
    assert client.submit("/interview/submit", {"confirm": "y"}).location == "/interview/receipt"
    db.session.expire_all()
    assert attempt.receipt
    assert attempt.receipt in words(client, "/interview/receipt")
    assert (chosen.removed_at, bool(spare.removed_at)) == (None, True)
    for address in ("/interview/", "/interview/check", "/interview/preferences", "/interview/consent"):
        assert client.get(address).location == "/interview/receipt"
    again = client.submit("/interview/submit")
    assert (again.status_code, again.location) == (303, "/interview/receipt")


@pytest.mark.parametrize(
    ("assemble", "transcribe", "kind", "said"),
    [
        (StageState.PENDING, None, TakeKind.VIDEO, "It is still being prepared."),
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
    assert client.page("/interview/check").select_one("#coming[hidden]")
    with transaction() as session:
        session.get_one(Take, take.id).complete_at = session.get_one(Take, take.id).closed_at = None
    assert "Answered. More of it may still arrive" in words(client, "/interview/")
    assert "Keep this page open in that browser until all of it has arrived" in words(client, "/interview/check")
    assert client.submit("/interview/submit", {"confirm": "y"}).status_code == 409
    assert client.submit("/interview/submit", {"confirm": "y", "told": "1:?"}).status_code == 303
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
    assert "your last recording is sent" in words(client, "/interview/check")
    client.submit("/interview/submit", {"confirm": "y"})
    assert [answer.take_id for answer in db.session.query(Answer)] == [newest.id]


def test_there_is_no_receipt_before_sending(client: CheckingClient) -> None:
    enter(client, make_attempt())
    assert client.get("/interview/receipt").location == "/interview/"


def test_leaving_forgets_the_candidate_in_this_browser_alone(client: CheckingClient) -> None:
    attempt = make_attempt()
    enter(client, attempt)
    assert client.submit("/interview/leave").location == "/interview/left"
    assert "Everything that was saved is kept" in words(client, "/interview/left")
    assert client.get("/interview/").status_code == 401
    db.session.refresh(attempt)
    assert attempt.submitted_at is None


def test_cancelling_ends_what_is_open(client: CheckingClient) -> None:
    attempt = make_attempt()
    enter(client, attempt)
    with transaction() as session:
        session.get_one(type(attempt.invitation), attempt.invitation_id).cancelled_at = NOON
    for address in ("/interview/", "/interview/check", "/interview/consent"):
        assert client.get(address).status_code == 410


@pytest.mark.parametrize("address", ["/interview/help", "/interview/left"])
def test_help_is_open_to_anyone(client: CheckingClient, address: str) -> None:
    assert client.get(address).status_code == 200


def test_help_is_at_the_same_place_on_every_page(app: Flask, client: CheckingClient) -> None:
    _invitation, token = make_invitation()
    attempt = make_attempt()
    addresses = [f"/i/{token}", "/interview/help", "/interview/left"]
    enter(client, attempt)
    addresses += ["/interview/consent", "/interview/preferences", "/interview/", "/interview/check"]
    for address in addresses:
        links = client.page(address).select("header a")
        assert [link["href"] for link in links] == ["/interview/help"], address


def test_every_step_says_in_the_title_which_it_is(client: CheckingClient) -> None:
    enter(client, make_attempt())
    titles = [client.page(f"/interview/{name}").title for name in ("consent", "preferences", "", "check")]
    assert [str(title.string).split(":")[0] for title in titles if title] == [
        f"Step {step} of 5" for step in (1, 2, 4, 5)
    ]


def test_the_configured_contact_may_be_words(app: Flask, client: CheckingClient, config) -> None:  # type: ignore[no-untyped-def]
    app.config["FAIRTAKE"] = replace(config, contact="Mo at the front desk, 555 0100 <b>")
    page = client.page("/interview/help")
    assert "Mo at the front desk, 555 0100 <b>" in page.main.get_text()  # type: ignore[union-attr]
