"""After sending, bytes still in a browser are added to the answer until a reviewer opens it. The answer does not change
otherwise.
"""

from __future__ import annotations

from sqlalchemy import func, select

from app import clock
from app.accounts.models import Role, StaffUser
from app.extensions import db
from app.recording.models import Answer, Take
from app.recording.viewing import note_viewing
from app.transaction import transaction
from tests.answer_factories import add_media
from tests.factories import make_attempt, make_user
from tests.page_check import CheckingClient
from tests.recording.candidate import RECORDING, SIZE, Candidate, fresh
from tests.recording.uploading import acknowledged

MORE = b" and more of it"


def send(candidate: Candidate, told: str = "1:1 1:?") -> None:
    answer = candidate.client.submit("/interview/submit", {"unanswered": "1 2 3", "told": told})
    assert answer.status_code == 303, answer.text


def recover(device: Candidate, take: Take, name: str = "refused-session") -> tuple[int, str]:
    """Ask for a take that can hold a refused recording. Return the status, and the take's id or the error message."""
    answer = device.post(f"/interview/takes/{take.id}/recover", {"recorder": name})
    assert answer.json
    return answer.status_code, answer.json.get("take_id") or answer.json["message"]


def continued(candidate: Candidate, laptop: Candidate) -> Take:
    """Return a chosen, incomplete take that a phone began and a laptop continued. The server refuses the phone's next
    session.
    """
    take = candidate.begin()
    candidate.send(take)
    laptop.post(f"/interview/takes/{take.id}/continue", {"recorder": laptop.recorder})
    laptop.send(take, MORE, segment=2, ended=False)
    laptop.stop(take, (2, 2 * len(MORE)))
    refused = candidate.tus.create(take, segment="2", session="refused-session", recorder=candidate.recorder)
    assert refused.status_code == 409
    candidate.keep(take)
    return take


def open_as_reviewer(take: Take) -> None:
    user = make_user(Role.REVIEWER)
    add_media(take.id)
    with transaction() as session:
        take = session.get_one(Take, take.id)
        take.complete_at = take.complete_at or clock.now()
        answer = session.scalars(select(Answer).where(Answer.take_id == take.id)).one()
        note_viewing(session, session.get_one(StaffUser, user.id), answer, now=clock.now())


def test_refused_bytes_are_added_to_the_answer_that_was_sent(candidate: Candidate, laptop: Candidate) -> None:
    take = continued(candidate, laptop)
    send(candidate)
    assert recover(candidate, take) == recover(candidate, take) == (200, take.id)
    candidate.recorder = "refused-session"
    made = candidate.tus.create(take, segment="1", session="refused-session", recorder="refused-session")
    assert (made.status_code, made.headers["Fairtake-Segment"]) == (201, "3")
    assert candidate.tus.patch(made.headers["Location"], 0, b"late", Upload_Length=4).status_code == 204
    assert candidate.stop(take, (3, 4), reason="kept").status_code == 200
    assert acknowledged(made.headers["Location"]) == b"late"
    assert fresh(take).closed_at is None  # the end of the laptop's recording has not arrived
    assert db.session.scalar(select(func.count()).select_from(Take).where(Take.attempt_id == take.attempt_id)) == 1


def test_once_a_reviewer_was_shown_the_end_nothing_is_recovered(candidate: Candidate, laptop: Candidate) -> None:
    take = continued(candidate, laptop)
    send(candidate)
    open_as_reviewer(take)
    status, said = recover(candidate, take)
    assert (status, "A reviewer has opened your answer" in said) == (409, True)


def test_unchosen_takes_and_takes_of_other_candidates_are_not_recovered_after_sending(
    candidate: Candidate, laptop: Candidate, client: CheckingClient
) -> None:
    other = laptop.record()
    take = continued(candidate, laptop)
    send(candidate)
    status, said = recover(candidate, other)
    assert (status, said) == (409, "Your answers have already been sent.")
    stranger = Candidate(client, make_attempt())
    assert recover(stranger, take)[0] == 404


def test_session_missing_from_the_stop_report_is_added_by_its_recorder(candidate: Candidate, laptop: Candidate) -> None:
    take = candidate.begin()
    first = candidate.send(take, ended=False)
    assert laptop.stop(take, reason="kept").status_code == 200
    candidate.keep(take)
    send(candidate)
    second = candidate.begin_segment(take, 2)
    assert candidate.tus.patch(second, 0, MORE, Upload_Length=len(MORE)).status_code == 204
    assert candidate.tus.patch(first, SIZE, b"", Upload_Length=SIZE).status_code == 204
    assert candidate.stop(take, (1, SIZE), (2, len(MORE)), reason="kept").status_code == 200
    assert (acknowledged(first), acknowledged(second)) == (RECORDING, MORE)
    assert fresh(take).closed_at is not None


def test_a_late_stop_says_nothing_of_a_segment_of_another_recorder(candidate: Candidate, laptop: Candidate) -> None:
    take = candidate.begin()
    candidate.send(take)
    laptop.post(f"/interview/takes/{take.id}/continue", {"recorder": laptop.recorder})
    laptop.send(take, MORE, segment=2)
    assert laptop.stop(take, (2, len(MORE) + 1)).status_code == 200
    assert candidate.stop(take, (1, SIZE), (2, 999), reason="kept").status_code == 200
    assert [(one["segment"], one["bytes"]) for one in fresh(take).announced or []] == [(1, SIZE), (2, len(MORE) + 1)]


def test_a_first_stop_by_another_recorder_says_nothing_of_the_segments_of_the_first(
    candidate: Candidate, laptop: Candidate
) -> None:
    take = candidate.begin()
    candidate.send(take)
    assert laptop.stop(take, (1, 999), reason="kept").status_code == 200
    assert (fresh(take).announced, take.is_whole) == ([], False)
    assert candidate.stop(take, (1, SIZE)).status_code == 200
    assert fresh(take).complete_at is not None


def test_a_number_that_another_recorder_announced_is_not_given_away(candidate: Candidate, laptop: Candidate) -> None:
    take = candidate.begin()
    candidate.send(take, ended=False)
    assert laptop.stop(take, (2, 10), reason="kept").status_code == 200
    made = candidate.tus.create(take, segment="2", session="session 2", recorder=candidate.recorder)
    assert (made.status_code, made.headers["Fairtake-Segment"]) == (201, "3")
