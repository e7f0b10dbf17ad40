"""If an interview allows several languages, the candidate says which one an answer is in, before or after recording."""

from __future__ import annotations

import pytest

from app.accounts.models import Role
from app.audit import Actor
from app.captions.corrections import save_correction
from app.captions.models import TrackKind
from app.captions.services import add_track
from app.captions.shaping.cues import Cue
from app.extensions import db
from app.interviews.models import Attempt, Interview
from app.recording.models import Stage, StageRun, StageState, Take, TakeKind
from app.recording.services import recover_take, start_take
from app.transaction import transaction
from tests.answer_factories import make_captioned_take
from tests.factories import NOON, enter, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient

pytestmark = pytest.mark.usefixtures("many_languages")


@pytest.fixture
def attempt(client: CheckingClient) -> Attempt:
    """A candidate who has begun an interview in which answers may be in English, Spanish or Welsh."""
    attempt = make_attempt(make_interview(answer_languages="es cy"))
    enter(client, attempt)
    return attempt


def start(attempt: Attempt, number: int = 1) -> Take:
    with transaction() as session:
        theirs = session.get_one(Attempt, attempt.id)
        question = theirs.interview.questions[number - 1].id
        return start_take(session, theirs, question, TakeKind.VIDEO, now=NOON).take


def choose(client: CheckingClient, attempt: Attempt, language: str, number: int = 1) -> int:
    question = attempt.interview.questions[number - 1].id
    return client.submit(f"/interview/questions/{question}/language", {"language": language}).status_code


def pressed(client: CheckingClient, attempt: Attempt, number: int = 1) -> list[str]:
    page = client.page(f"/interview/questions/{attempt.interview.questions[number - 1].id}")
    return [" ".join(button.get_text().split()) for button in page.select("[name=language][aria-pressed=true]")]


def test_one_press_chooses_the_language_and_the_next_question_remembers_it(
    client: CheckingClient, attempt: Attempt
) -> None:
    assert pressed(client, attempt) == ["Decide from my recording"]
    assert start(attempt).language is None
    assert choose(client, attempt, "es") == 303
    assert pressed(client, attempt) == ["Spanish"]
    assert pressed(client, attempt, 2) == ["Spanish"]
    assert start(attempt, 2).language == "es"
    assert choose(client, attempt, "", 2) == 303
    assert start(attempt, 3).language is None


def test_a_language_that_is_not_allowed_cannot_be_chosen(client: CheckingClient, attempt: Attempt) -> None:
    assert choose(client, attempt, "de") == 422
    assert start(attempt).language is None


def test_a_choice_counts_only_where_the_question_allows_it(client: CheckingClient, attempt: Attempt) -> None:
    choose(client, attempt, "en")
    with transaction() as session:
        session.get_one(Interview, attempt.interview.id).questions[1].language = "es"
    assert start(attempt, 2).language is None
    assert start(attempt, 1).language == "en"


def test_an_interview_in_one_language_does_not_ask_for_the_language(client: CheckingClient) -> None:
    attempt = make_attempt()
    take = make_captioned_take(attempt)
    enter(client, attempt)
    page = client.page(f"/interview/questions/{take.question_id}")
    assert not page.select("#answer-language, .takes [name=language]")
    assert told(client, take) == ([SHOWN], [])


def test_with_two_languages_the_language_is_said_while_the_other_one_is_being_made(client: CheckingClient) -> None:
    attempt = make_attempt(make_interview(answer_languages="es"))
    take = make_captioned_take(attempt)
    enter(client, attempt)
    assert told(client, take) == ([SHOWN], ["es"])
    client.submit(f"/interview/takes/{take.id}/captions/language", {"language": "es"})
    assert told(client, take) == ([SHOWN, "Captions are being made in this language: Spanish."], [])


@pytest.mark.parametrize("languages", ["", "es"])
def test_a_language_that_is_not_offered_as_a_button_is_said_too(client: CheckingClient, languages: str) -> None:
    attempt = make_attempt(make_interview(answer_languages=languages))
    take = make_captioned_take(attempt)
    enter(client, attempt)
    client.submit(f"/interview/takes/{take.id}/captions/language", {"language": "cy", "from": "captions"})
    assert told(client, take)[0] == [SHOWN, "Captions are being made in this language: Welsh."]


def test_one_press_changes_the_language_after_recording(client: CheckingClient, attempt: Attempt) -> None:
    take = make_captioned_take(attempt)
    page = client.page(f"/interview/questions/{take.question_id}")
    buttons = page.select(f"#take-{take.id} [name=language]")
    assert [button["value"] for button in buttons] == ["es", "cy"]
    assert buttons[0].get_text() == "Make the captions of recording 1 in Spanish"
    client.submit(f"/interview/takes/{take.id}/captions/language", {"language": "es"})
    db.session.rollback()
    assert db.session.get_one(Take, take.id).language == "es"
    assert pressed(client, attempt, 2) == ["Spanish"]


def told(client: CheckingClient, take: Take) -> tuple[list[str], list[str]]:
    """Return the text about the language of a take's captions, and the languages of its buttons."""
    card = client.page(f"/interview/questions/{take.question_id}").select_one(f"#take-{take.id}")
    assert card
    said = [part.get_text() for part in card.select("p") if "anguage" in part.get_text()]
    return said, [str(button["value"]) for button in card.select("[name=language]")]


def become(take: Take, stage: Stage, state: StageState) -> None:
    with transaction() as session:
        session.get_one(StageRun, (take.id, str(stage))).state = str(state)


SHOWN = "Language of the captions: English."


def test_the_language_that_is_said_is_that_of_the_captions_that_are_shown(
    client: CheckingClient, attempt: Attempt
) -> None:
    take = make_captioned_take(attempt)
    client.submit(f"/interview/takes/{take.id}/captions/language", {"language": "es"})
    assert told(client, take) == ([SHOWN, "Captions are being made in this language: Spanish."], ["cy"])
    become(take, Stage.ASSEMBLE, StageState.PENDING)
    assert told(client, take) == ([SHOWN, "Captions will be made in this language: Spanish."], ["cy"])
    become(take, Stage.ASSEMBLE, StageState.DONE)
    become(take, Stage.TRANSCRIBE, StageState.WAITING_FOR_MODEL)
    assert told(client, take) == ([SHOWN, "Captions will be made in this language: Spanish."], ["cy"])
    become(take, Stage.TRANSCRIBE, StageState.FAILED)
    failed = "Captions could not be made in this language: Spanish. The captions from before stay in use."
    assert told(client, take) == ([SHOWN, failed], ["es", "cy"])
    become(take, Stage.TRANSCRIBE, StageState.DONE)
    assert told(client, take) == ([SHOWN], ["es", "cy"])


def test_corrected_captions_are_said_to_be_in_their_own_language(client: CheckingClient, attempt: Attempt) -> None:
    take = make_captioned_take(attempt)
    with transaction() as session:
        actor, words = Actor("candidate", attempt.id), [Cue(0, 300, "I led")]
        save_correction(session, take.id, words, base=1, kind=TrackKind.CANDIDATE, actor=actor, now=NOON)
        add_track(session, take.id, TrackKind.AUTOMATIC, words, language="es", now=NOON, is_current=False)
        session.get_one(Take, take.id).language = "es"
    said, offered = told(client, take)
    assert said[0] == SHOWN
    assert said[1].startswith("New captions were made in this language: Spanish. They are kept")
    assert offered == ["es", "cy"]
    own = client.page(f"/interview/takes/{take.id}/captions").get_text()
    assert SHOWN in own
    assert "Language of the captions: Spanish." not in own


def test_a_recovered_recording_keeps_the_language_of_its_take(client: CheckingClient, attempt: Attempt) -> None:
    choose(client, attempt, "cy")
    take = start(attempt)
    choose(client, attempt, "es")
    with transaction() as session:
        theirs = session.get_one(Attempt, attempt.id)
        found = recover_take(session, theirs, take.id, "another-recorder", now=NOON).take
        assert found.language == "cy"


@pytest.mark.parametrize(
    ("typed", "kept"), [("es, cy", "es cy"), ("  pt-br ES;es ", "pt-BR es"), ("", ""), ("zh-Hant", "zh-Hant")]
)
def test_a_coordinator_says_which_other_languages_answers_may_be_in(
    client: CheckingClient, typed: str, kept: str
) -> None:
    interview = make_interview()
    sign_in(client, make_user(Role.COORDINATOR))
    assert change(client, interview, typed) == 303
    db.session.rollback()
    assert db.session.get_one(Interview, interview.id).answer_languages == kept


def test_an_invalid_language_code_is_refused(client: CheckingClient) -> None:
    interview = make_interview(answer_languages="cy")
    sign_in(client, make_user(Role.COORDINATOR))
    assert change(client, interview, "Spanish and Welsh") == 422
    db.session.rollback()
    assert db.session.get_one(Interview, interview.id).answer_languages == "cy"


def change(client: CheckingClient, interview: Interview, languages: str) -> int:
    address = f"/manage/interviews/{interview.id}/change"
    fields = {"title": "Harbour guide", "language": "en", "answer_languages": languages, "retention_days": "365"}
    return client.submit(address, {**fields, "time_zone": "UTC"}).status_code
