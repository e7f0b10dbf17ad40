"""After staff save something, the next page confirms this once, in text and in the status region."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask, session
from werkzeug.routing import Rule

from app import clock
from app.accommodations import decisions
from app.accommodations import services as accommodations
from app.accommodations.rules import Given, Kind
from app.accounts.access import permission_of
from app.accounts.models import Role, StaffUser
from app.accounts.permissions import PERMISSIONS, Principal
from app.audit import Actor
from app.compliance import holds
from app.interviews import separation
from app.interviews.models import Attempt, Interview, InterviewState
from app.recording.models import Answer
from app.review import score_services
from app.review.score_services import ScoreInput
from app.saved import take_message
from app.sealing import get_sealer
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer
from tests.factories import NOON, make_attempt, make_interview, make_invitation, make_user, sign_in
from tests.page_check import CheckingClient

SAVED = "Saved."
INTERVIEW = {"title": "Harbour guide", "language": "en", "retention_days": "365", "time_zone": "UTC"}
QUESTION = {"prompt": "Why?", "recording_seconds": "60"}
CAPTIONS = {"base": "1", "language": "en", "source": "", "start": "0:00.000", "end": "0:02.000", "text": "We sailed"}
FORMS: dict[str, tuple[dict[str, str], str]] = {
    "captions.check": ({"base": "1"}, SAVED),
    "captions.edit": (CAPTIONS, "Version 2 is saved. Everybody now sees this version, and searches find it."),
    "captions.make_captions_again": ({"language": "es"}, "Captions are being made in this language: Spanish."),
    "captions.restore": ({"base": "1"}, "Version 2 is saved. Everybody now sees this version, and searches find it."),
    "decisions.candidate": ({"given": "retakes:5"}, SAVED),
    "decisions.decide": ({"decision": "grant"}, SAVED),
    "decisions.policy": ({"retakes": "5"}, SAVED),
    "decisions.shorten": ({}, "Ended."),
    "invitations.cancel_invitation": ({}, "The invitation is cancelled."),
    "manage.change_interview": (INTERVIEW, SAVED),
    "manage.change_question": (QUESTION, SAVED),
    "manage.close_interview": ({}, "The interview is closed."),
    "manage.move_question": ({"direction": "later"}, SAVED),
    "manage.new_interview": (INTERVIEW, SAVED),
    "manage.new_question": (QUESTION, SAVED),
    "manage.open_interview": ({}, "The interview is open."),
    "manage.remove_question": ({}, "The question is removed."),
    "people.erase": ({"confirm": "y"}, "Erased."),
    "people.hold": ({"reason": "A case."}, SAVED),
    "question_media.remove": ({}, "Removed."),
    "question_media.remove_coming": ({}, "Removed."),
    "reopening.reopen": ({"version": "1"}, "Your score is open again. Hand it in when you have changed it."),
    "retention.end_hold": ({}, "Ended."),
    "retention.hold": ({"reason": "A case."}, SAVED),
    "reviewers.end": ({}, "Ended."),
    "reviewers.exceptions": ({"reason": "A small team."}, SAVED),
    "rubrics.scoring": ({"blind": "voice"}, SAVED),
    "scores.add_note": ({"text": "Clear."}, SAVED),
    "scores.hand_in": ({"version": "1"}, "Your score is handed in."),
    "scores.remove_note": ({}, "Removed."),
    "scores.save_score": ({"version": "1", "comment": "Clear."}, SAVED),
}
"""For each endpoint that saves something: valid fields of its form, and the message on the next page."""
SHOWN_AT_ONCE = {
    "invitations.new_invitation", "invitations.replace_link",  # the response is the page that shows the new link
    "captions.choose", "question_media.edit", "question_media.check_captions",  # tests/captions covers these
    "captions.import_file", "captions.read_as",  # the file is shown first, and nothing is saved yet
    "people.words", "reports.reasons",  # the response shows texts that are stored encrypted
    "people.data_file", "people.export", "reports.export", "scores.export",  # the response is a file
    "accounts.sign_out",
}  # fmt: skip
IN_DRAFT = {
    "manage.open_interview",
    "manage.change_question",
    "manage.move_question",
    "manage.remove_question",
    "question_media.remove",
    "question_media.remove_coming",
}
HANDED_IN = {"reopening.reopen"}
DRAFTED = {"scores.hand_in", "scores.save_score"}


@dataclass(frozen=True, slots=True)
class World:
    """One object of each kind that staff can change (ids by parameter name), and a person for each role."""

    ids: dict[str, str]
    question_in_draft: dict[str, str]
    people: dict[str, StaffUser]


@pytest.fixture
def world(app: Flask) -> World:
    people = {str(role): make_user(role) for role in (Role.REVIEWER, Role.COORDINATOR, Role.COMPLIANCE)}
    interview = make_interview(reviewers=[people["reviewer"]], deadline_at=clock.now() + timedelta(days=3))
    draft = make_interview(state=InterviewState.DRAFT)
    answer = make_captioned_answer("We sailed out", attempt=make_attempt(interview, submitted_at=NOON))
    begun, (invitation, _token) = make_attempt(interview), make_invitation(interview)
    colleague = make_user(Role.REVIEWER)
    ids = {"interview_id": interview.id, "question_id": interview.questions[0].id, "invitation_id": invitation.id,
           "answer_id": answer.id, "take_id": str(answer.take_id), "user_id": colleague.id, "number": "1"}  # fmt: skip
    with transaction() as session:
        by, found = session.merge(people["coordinator"]), session.get_one(Answer, answer.id)
        asked, officer = session.get_one(Attempt, begun.id), session.merge(people["compliance"])
        accommodations.ask(session, asked, [Given(Kind.RETAKES, None)], "", sealer=get_sealer(), now=NOON)
        decisions.lengthen(session, asked, Given(Kind.RECORDING_TIME, 200), user=by, now=NOON)
        ids["request_id"] = accommodations.requests_of(session, asked.id)[0].id
        ids["grant_id"] = accommodations.grants_of(session, asked.id)[0].id
        ids["attempt"] = begun.invitation_id
        reviewer = session.merge(people["reviewer"])
        ids["note_id"] = score_services.add_note(session, reviewer, found, 0, "Here", now=NOON).id
        on, actor = session.get_one(Interview, draft.id), Actor("staff", officer.id)
        ids["hold_id"] = holds.place(session, on, "A case.", sealer=get_sealer(), actor=actor, now=NOON).id
        separation.give_exception(
            session, session.get_one(Interview, interview.id), session.merge(colleague), "So.", by=officer, now=NOON
        )
    return World(ids, {"interview_id": draft.id, "question_id": draft.questions[0].id}, people)


def prepare(world: World, endpoint: str) -> None:
    """Save or hand in the score that the form of this endpoint needs."""
    if endpoint not in HANDED_IN | DRAFTED:
        return
    act = score_services.hand_in if endpoint in HANDED_IN else score_services.save_draft
    with transaction() as session:
        answer = session.get_one(Answer, world.ids["answer_id"])
        act(session, session.merge(world.people["reviewer"]), answer, ScoreInput(None, "Good.", 0), now=NOON)


def staff_forms(app: Flask) -> Iterator[Rule]:
    """Yield every route that only staff send forms to."""
    for rule in app.url_map.iter_rules():
        allowed = PERMISSIONS.get(str(permission_of(app.view_functions[rule.endpoint])), lambda _asker: True)
        if "POST" in (rule.methods or ()) and not allowed(Principal(is_candidate=True)):
            yield rule


def role_for(app: Flask, endpoint: str) -> str:
    allowed = PERMISSIONS[str(permission_of(app.view_functions[endpoint]))]
    return next(role for role in ("reviewer", "coordinator", "compliance") if allowed(Principal(frozenset({role}))))


def test_every_form_of_staff_is_in_the_list(app: Flask) -> None:
    assert {rule.endpoint for rule in staff_forms(app)} == FORMS.keys() | SHOWN_AT_ONCE


@pytest.mark.usefixtures("many_languages")
@pytest.mark.parametrize("endpoint", sorted(FORMS))
def test_a_save_of_staff_is_confirmed_once(app: Flask, client: CheckingClient, world: World, endpoint: str) -> None:
    prepare(world, endpoint)
    ids = {**world.ids, **(world.question_in_draft if endpoint in IN_DRAFT else {})}
    if endpoint == "decisions.candidate":
        ids["invitation_id"] = ids["attempt"]
    form, words = FORMS[endpoint]
    if endpoint == "reviewers.exceptions":
        form = {**form, "user": world.people["reviewer"].id}
    rule = next(rule for rule in staff_forms(app) if rule.endpoint == endpoint)
    with app.test_request_context():
        address = app.url_for(
            endpoint, **{name: ids[name] for name in rule.arguments if name in ids}, **(rule.defaults or {})
        )
    sign_in(client, world.people[role_for(app, endpoint)])
    answer = client.submit(address, form)
    assert answer.status_code == 303, answer.text
    said = client.page(answer.location).select("main [data-say]")
    assert [each["data-say"] for each in said] == [words]
    assert words in said[0].select_one(".notice--success").get_text()  # type: ignore[union-attr]
    assert client.page(answer.location).select_one("main [data-say]") is None


def test_failed_save_is_not_confirmed(app: Flask, client: CheckingClient) -> None:
    interview = make_interview()
    sign_in(client, make_user(Role.COORDINATOR))
    address = f"/manage/interviews/{interview.id}/accommodations"
    assert client.submit(address, {"retakes": "a lot"}).status_code == 422
    assert client.page(f"/manage/interviews/{interview.id}").select_one("main [data-say]") is None


def test_signing_in_is_not_confirmed(app: Flask, client: CheckingClient) -> None:
    sign_in(client, make_user(Role.COORDINATOR))
    assert client.submit("/language", {"language": "en"}).status_code == 303
    assert client.page("/manage/").select_one("main [data-say]") is None


def test_page_that_is_rendered_twice_keeps_its_confirmation(app: Flask) -> None:
    with app.test_request_context():
        session["saved"] = "Saved."
        assert [take_message(), take_message()] == ["Saved.", "Saved."]
        assert "saved" not in session
