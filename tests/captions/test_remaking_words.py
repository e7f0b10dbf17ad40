"""People who request new captions read the outcome on the page on which they made the request."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.accounts.models import Role
from app.audit import Actor
from app.captions import remaking
from app.captions.corrections import save_correction
from app.captions.models import TrackKind
from app.captions.services import add_track, remove_tracks
from app.captions.shaping.cues import Cue
from app.captions.speech.languages import WHISPER_NAMES
from app.extensions import db
from app.interviews.models import Attempt
from app.recording.models import Media, Stage, StageRun, StageState, Take
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer, make_captioned_take
from tests.factories import NOON, enter, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient

pytestmark = pytest.mark.usefixtures("many_languages")
STAYS = "The captions from before stay in use."
KEPT = "They are kept, but captions that a person corrected, checked or restored stay in use."


def asked_for(take: Take, state: StageState) -> None:
    """Request Spanish captions, and put the transcription into a state."""
    with transaction() as session:
        session.get_one(Take, take.id).language = "es"
        session.get_one(StageRun, (take.id, str(Stage.TRANSCRIBE))).state = str(state)


def wait_for_model(take: Take) -> None:
    asked_for(take, StageState.WAITING_FOR_MODEL)


def fail(take: Take) -> None:
    asked_for(take, StageState.FAILED)


def correct(take: Take) -> None:
    """Save a correction, which stays current when captions are made again."""
    with transaction() as session:
        actor, words = Actor("candidate", take.attempt_id), [Cue(0, 300, "I led")]
        save_correction(session, take.id, words, base=1, kind=TrackKind.CANDIDATE, actor=actor, now=NOON)


def make_beside(take: Take) -> None:
    correct(take)
    with transaction() as session:
        add_track(session, take.id, TrackKind.AUTOMATIC, [Cue(0, 9, "Sí")], language="es", now=NOON, is_current=False)


def hear_nothing_beside(take: Take) -> None:
    correct(take)
    with transaction() as session:
        add_track(session, take.id, TrackKind.AUTOMATIC, [], language="und", now=NOON, is_current=False)


def hear_nothing(take: Take) -> None:
    with transaction() as session:
        add_track(session, take.id, TrackKind.AUTOMATIC, [], language="und", now=NOON)


RESULTS = pytest.mark.parametrize(
    ("happens", "said"),
    [
        (wait_for_model, "Captions will be made later. You do not need to wait for them."),
        (fail, f"Captions could not be made in this language: Spanish. {STAYS}"),
        (make_beside, f"New captions were made in this language: Spanish. {KEPT}"),
        (hear_nothing_beside, f"No speech was heard when the captions were made again. {STAYS}"),
        (hear_nothing, "speech was heard in this recording"),
    ],
)
Happening = Callable[[Take], None]


def text_of(client: CheckingClient, address: str) -> str:
    return " ".join(client.page(address).get_text().split())


@pytest.fixture
def attempt(client: CheckingClient) -> Attempt:
    attempt = make_attempt(make_interview(answer_languages="es"))
    enter(client, attempt)
    return attempt


@RESULTS
def test_a_candidate_reads_what_happened_to_captions_that_were_to_be_made_again(
    client: CheckingClient, attempt: Attempt, happens: Happening, said: str
) -> None:
    take = make_captioned_take(attempt)
    happens(take)
    assert said in text_of(client, f"/interview/takes/{take.id}/captions")
    on_question_page = "Nothing heard" if happens is hear_nothing else said
    page = text_of(client, f"/interview/questions/{take.question_id}")
    assert page.count(on_question_page) == 1
    assert happens is not fail or "Your recording is kept and can be played." not in page


@RESULTS
def test_a_reviewer_reads_what_happened_to_captions_that_were_to_be_made_again(
    client: CheckingClient, happens: Happening, said: str
) -> None:
    take = reviewed(client)
    happens(take)
    assert said in text_of(client, f"/review/captions/{take.id}/versions")


def reviewed(client: CheckingClient) -> Take:
    """Sign in a reviewer, and return a captioned take of their interview that is an answer."""
    reviewer = make_user(Role.REVIEWER)
    made = make_attempt(make_interview(reviewers=[reviewer], answer_languages="es"), submitted_at=NOON)
    answer = make_captioned_answer("I led a team", attempt=made)
    sign_in(client, reviewer)
    return db.session.get_one(Take, answer.take_id)


@pytest.mark.parametrize("state", [StageState.FAILED, StageState.PENDING])
def test_without_captions_a_candidate_reads_whether_they_are_made_and_can_ask_again(
    client: CheckingClient, attempt: Attempt, state: StageState
) -> None:
    take = make_captioned_take(attempt)
    asked_for(take, state)
    with transaction() as session:
        remove_tracks(session, take.id)
    page = client.page(f"/interview/takes/{take.id}/captions")
    made = {
        StageState.FAILED: "Captions could not be made in this language: Spanish. The recording is kept",
        StageState.PENDING: "Captions are being made in this language: Spanish. Load this page again",
    }[state]
    assert made in " ".join(page.get_text().split())
    assert page.select_one("#caption-language")


def make_silent_film(take: Take) -> None:
    with transaction() as session:
        session.query(Media).filter_by(take_id=take.id).update({"has_audio": False})


def ask_too_often(take: Take) -> None:
    with transaction() as session:
        for language in ("es", "cy") * 10:
            actor = Actor("candidate", take.attempt_id)
            remaking.make_again(session, take.id, language, known=WHISPER_NAMES, actor=actor, now=NOON)


@pytest.mark.parametrize(
    ("happens", "language", "status", "said"),
    [
        (make_silent_film, "es", 409, "There is nothing to hear in this recording"),
        (ask_too_often, "es", 409, "The captions of this recording have been made again too often."),
        (lambda _take: None, "tlh", 422, "Choose a language from the list."),
    ],
)
@pytest.mark.parametrize("sender", ["question", "captions"])
def test_a_candidate_reads_why_a_request_is_refused_and_can_go_back(
    client: CheckingClient, attempt: Attempt, happens: Happening, language: str, status: int, said: str, sender: str
) -> None:
    take = make_captioned_take(attempt)
    happens(take)
    answer = client.submit(f"/interview/takes/{take.id}/captions/language", {"language": language, "from": sender})
    assert answer.status_code == status
    page = answer.get_data(as_text=True)
    back = {
        "question": f"/interview/questions/{take.question_id}#take-{take.id}",
        "captions": f"/interview/takes/{take.id}/captions",
    }
    assert said in page
    assert f'href="{back[sender]}"' in page
