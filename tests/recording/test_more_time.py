"""Grants and the button "More time" lengthen the limit of a running take immediately, and never shorten a recording."""

from __future__ import annotations

import pytest

from app.accommodations import services as accommodations
from app.accommodations.decisions import lengthen, save_policy
from app.accommodations.models import Source
from app.accommodations.rules import Given, Kind, Policy
from app.accounts.models import Role, StaffUser
from app.audit import Actor
from app.clock import now
from app.extensions import db
from app.interviews.models import Attempt, Interview
from app.recording.models import Take
from app.recording.more_time import more_time_of, seconds_in_force
from app.transaction import transaction
from tests.factories import NOON, make_attempt, make_user
from tests.page_check import CheckingClient
from tests.recording.candidate import Candidate, actions_on, fresh

TWICE = Given(Kind.RECORDING_TIME, 200)


@pytest.fixture
def coordinator(app: object) -> StaffUser:
    return make_user(Role.COORDINATOR)


def press(candidate: Candidate, take: Take) -> dict[str, object]:
    response = candidate.post(f"/interview/takes/{take.id}/more-time", {})
    assert response.status_code == 200, response.text
    limits: dict[str, object] = (response.json or {})["limits"]
    return limits


def grant(take: Take, given: Given, user: StaffUser) -> None:
    with transaction() as session:
        attempt = session.get_one(Attempt, take.attempt_id)
        lengthen(session, attempt, given, user=user, now=now())


def seconds(take: Take) -> int | None:
    return seconds_in_force(db.session(), fresh(take))


def test_more_time_can_be_added_ten_times(candidate: Candidate) -> None:
    take = candidate.begin()
    told = [press(candidate, take) for _ in range(10)]
    assert [limits["recording_seconds"] for limits in told] == list(range(140, 321, 20))
    assert told[0]["more_time"] == {"left": 9, "seconds": 20}
    assert told[-1]["more_time"] is None
    assert candidate.post(f"/interview/takes/{take.id}/more-time", {}).status_code == 409
    assert seconds(take) == 320
    assert actions_on(take.id).count("more time taken") == 10


def test_more_time_is_not_offered_if_the_interview_gives_none(candidate: Candidate, coordinator: StaffUser) -> None:
    take = candidate.begin()
    interview_id = fresh(take).attempt.interview.id
    with transaction() as session:
        interview = session.get_one(Interview, interview_id)
        save_policy(session, interview, Policy(more_time_presses=0), user=coordinator, now=NOON)
    assert more_time_of(db.session(), fresh(take)) is None
    assert candidate.post(f"/interview/takes/{take.id}/more-time", {}).status_code == 409
    assert seconds(take) == 120


def test_more_time_is_only_for_the_recorder_while_it_records(
    candidate: Candidate, app: object, client: CheckingClient
) -> None:
    take = candidate.record()
    assert candidate.post(f"/interview/takes/{take.id}/more-time", {}).status_code == 409
    open_take = candidate.begin(1)
    stranger = Candidate(client, make_attempt())
    assert stranger.post(f"/interview/takes/{open_take.id}/more-time", {}).status_code == 404
    assert stranger.post("/interview/takes/nothing/more-time", {}).status_code == 404
    assert seconds(open_take) == 120


def test_a_grant_during_a_take_holds_at_once_and_the_next_part_is_answered_with_it(
    candidate: Candidate, coordinator: StaffUser
) -> None:
    take = candidate.begin()
    grant(take, TWICE, coordinator)
    assert fresh(take).limits["recording_seconds"] == 120, "the snapshot says what it began under"
    assert seconds(take) == 240
    address = candidate.tus.begin(take, segment="1", session="one")
    assert candidate.tus.patch(address, 0, b"part").headers["Fairtake-Recording-Seconds"] == "240"
    grant(take, Given(Kind.RECORDING_TIME, None), coordinator)
    assert candidate.tus.patch(address, 4, b"part").headers["Fairtake-Recording-Seconds"] == "none"
    assert "accommodation in force" not in actions_on(take.id)
    assert candidate.stop(take).status_code == 200
    assert actions_on(take.id).count("accommodation in force") == 1, "what came while it ran is written down at its end"


def test_a_take_that_was_begun_under_a_grant_keeps_it_and_says_so_in_the_log(candidate: Candidate) -> None:
    attempt_id = candidate.begin().attempt_id
    with transaction() as session:
        attempt = session.get_one(Attempt, attempt_id)
        actor = Actor("candidate", attempt_id)
        held = accommodations.give(session, attempt, TWICE, source=Source.POLICY, actor=actor, now=NOON)
        assert held is not None
    take = candidate.begin()
    assert take.limits["recording_seconds"] == 240
    assert actions_on(take.id)[-1] == "accommodation in force"
    with transaction() as session:
        accommodations.give_back(session, session.get_one(Attempt, attempt_id), held.id, now=NOON)
    assert seconds(take) == 240
