"""Captions are made in the requested language, and made again when someone requests another language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, pipeline
from app.accounts.models import Role
from app.audit import Actor, AuditAction, AuditEvent
from app.captions import remaking, services
from app.captions.corrections import restore, save_correction
from app.captions.models import CaptionTrack, TrackKind
from app.captions.remaking import Outcome
from app.captions.services import cues_of, current_track
from app.captions.shaping.cues import Cue
from app.captions.speech.languages import WHISPER_NAMES
from app.errors import ConflictError, InvalidInputError
from app.extensions import db
from app.interviews.models import Attempt, Interview
from app.recording import processing
from app.recording.leases import GAVE_UP
from app.recording.models import Answer, Media, Stage, StageRun, StageState, Take
from app.review.search import services as search
from app.review.search.query import parse_query
from app.storage import get_storage
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer, make_captioned_take
from tests.at_once import at_once
from tests.captions.scripted import SAID, ScriptedModel
from tests.factories import NOON, enter, make_attempt, make_interview, make_uploaded_take, make_user, sign_in
from tests.page_check import CheckingClient

pytestmark = pytest.mark.usefixtures("many_languages")
ACTOR = Actor("system", "test")
Transcription = Callable[..., ScriptedModel]


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Transcription:
    """Return a function that replaces the real speech model by a scripted one."""

    def scripted(*arguments: Any) -> ScriptedModel:
        made = ScriptedModel(*arguments)
        monkeypatch.setattr(services, "get_transcriber", lambda _config: made)
        return made

    return scripted


def record_answer(attempt: Attempt) -> Take:
    """Record the first question of an attempt and choose it."""
    take = make_uploaded_take(attempt=attempt, question=attempt.interview.questions[0])
    with transaction() as session:
        session.add(Answer(attempt_id=attempt.id, question_id=take.question_id, take_id=take.id, chosen_at=NOON))
        processing.add_stage(session, take.id, Stage.ASSEMBLE, now=NOON)
    work(take)
    return take


def work(take: Take) -> None:
    """Run the stages of a take, as a worker does."""
    for stage in (Stage.ASSEMBLE, Stage.TRANSCRIBE, Stage.INDEX):
        pipeline.run_stage(str(stage), take.id)
    db.session.rollback()


def again(take: Take, language: str, actor: Actor = ACTOR) -> Outcome:
    with transaction() as session:
        return remaking.make_again(session, take.id, language, known=WHISPER_NAMES, actor=actor, now=NOON).outcome


def set_run(take: Take, stage: Stage, state: StageState, **values: Any) -> None:
    """Put a stage of a take into a state."""
    with transaction() as session:
        run = processing.add_stage(session, take.id, stage, now=NOON)
        for name, value in {"state": str(state), **values}.items():
            setattr(run, name, value)


def ask(client: CheckingClient, take: Take, language: str) -> str:
    """Ask on the reviewer's page, and return the text of the next page."""
    assert client.submit(f"/review/captions/{take.id}/language", {"language": language}).status_code == 303
    return " ".join(client.page(f"/review/captions/{take.id}/versions").get_text().split())


def shown(take: Take) -> tuple[str, str]:
    db.session.rollback()
    track = current_track(db.session(), take.id)
    assert track
    return track.language, " ".join(" ".join(cue.text for cue in cues_of(track)).split())


def versions(take: Take) -> list[tuple[str, str]]:
    query = select(CaptionTrack.kind, CaptionTrack.language).where(CaptionTrack.take_id == take.id)
    return [(kind, language) for kind, language in db.session.execute(query.order_by(CaptionTrack.version))]


def requests(take: Take) -> list[dict[str, Any]]:
    query = select(AuditEvent.details).where(
        AuditEvent.action == str(AuditAction.CAPTIONS_REQUESTED), AuditEvent.subject_id == take.id
    )
    return list(db.session.scalars(query))


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("interview", "question", "asked"), [("en", None, "en"), ("en", "cy", "cy"), ("es", None, "es")]
)
def test_the_model_is_asked_for_the_language_of_the_question_or_interview(
    model: Transcription, interview: str, question: str | None, asked: str
) -> None:
    heard = model("zh")
    made = make_interview(language=interview)
    with transaction() as session:
        session.merge(made).questions[0].language = question
    take = record_answer(make_attempt(made))
    assert heard.asked == [[asked]]
    assert shown(take) == (asked, SAID[asked])
    track = current_track(db.session(), take.id)
    assert track
    assert (track.guessed_language, track.guess_probability) == ("zh", 0.6)


@pytest.mark.usefixtures("app")
def test_where_several_languages_are_allowed_the_model_chooses_among_them(model: Transcription) -> None:
    heard = model("es")
    take = record_answer(make_attempt(make_interview(answer_languages="es cy")))
    assert heard.asked == [["en", "es", "cy"]]
    assert shown(take) == ("es", SAID["es"])


@pytest.fixture
def reviewed(client: CheckingClient, model: Transcription) -> Take:
    """A take that was sent, in an English interview. The reviewer of the interview is signed in."""
    model()
    reviewer = make_user(Role.REVIEWER)
    take = record_answer(make_attempt(make_interview(reviewers=[reviewer]), submitted_at=NOON))
    sign_in(client, reviewer)
    return take


def test_a_reviewer_has_captions_made_again_and_page_player_and_search_follow(
    client: CheckingClient, model: Transcription, reviewed: Take
) -> None:
    before = model()
    assert client.submit(f"/review/captions/{reviewed.id}/language", {"language": "es"}).status_code == 303
    assert "being made in this language: Spanish" in client.page(f"/review/captions/{reviewed.id}/versions").get_text()
    work(reviewed)
    assert before.asked == [["es"]]
    assert shown(reviewed) == ("es", SAID["es"])
    assert before.sizes[0] > 16_000
    answer = db.session.scalars(select(Answer).where(Answer.take_id == reviewed.id)).one()
    page = client.page(f"/review/answers/{answer.id}")
    assert page.select_one(".transcript[lang=es][dir=ltr]")
    assert page.select_one("track[srclang=es], [data-language=es]")
    assert "sounded more like this language: English (60 %)" in " ".join(page.get_text().split())
    interviews = [db.session.get_one(Interview, reviewed.attempt.interview.id)]
    assert search.search_answers(db.session(), parse_query("equipos"), interviews=interviews).total == 1
    assert search.search_answers(db.session(), parse_query("team"), interviews=interviews).total == 0
    assert requests(reviewed) == [{}]


def test_asking_again_for_the_same_language_changes_nothing(
    client: CheckingClient, model: Transcription, reviewed: Take
) -> None:
    heard = model()
    assert [again(reviewed, "es"), again(reviewed, "es")] == [Outcome.TO_DO, Outcome.UNDER_WAY]
    work(reviewed)
    assert again(reviewed, "es") is Outcome.SHOWN
    work(reviewed)
    assert heard.asked == [["es"]]
    assert versions(reviewed) == [("automatic", "en"), ("automatic", "es")]
    assert len(requests(reviewed)) == 1


def test_asking_for_the_language_that_was_found_makes_nothing_again(model: Transcription, reviewed: Take) -> None:
    heard = model()
    assert again(reviewed, "en") is Outcome.SHOWN
    work(reviewed)
    assert heard.asked == []
    assert db.session.get_one(Take, reviewed.id).language == "en"


def test_a_correction_stays_and_the_new_captions_are_a_version_beside_it(
    client: CheckingClient, model: Transcription, reviewed: Take
) -> None:
    model()
    with transaction() as session:
        words = [Cue(0, 300, "I led")]
        save_correction(session, reviewed.id, words, base=1, kind=TrackKind.CANDIDATE, actor=ACTOR, now=NOON)
    assert again(reviewed, "cy") is Outcome.TO_DO
    work(reviewed)
    assert shown(reviewed) == ("en", "I led")
    assert versions(reviewed) == [("automatic", "en"), ("corrected by candidate", "en"), ("automatic", "cy")]


@pytest.mark.parametrize("language", ["en", "es"])
def test_captions_from_a_file_stay_as_they_are_where_the_first_transcription_failed(
    client: CheckingClient, model: Transcription, reviewed: Take, language: str
) -> None:
    model().start_ms = 500  # after the end of the caption below
    with transaction() as session:
        services.remove_tracks(session, reviewed.id)
        run = session.get_one(StageRun, (reviewed.id, str(Stage.TRANSCRIBE)))
        run.state = str(StageState.FAILED)
        session.scalars(select(Media).where(Media.take_id == reviewed.id)).one().audio_key = samples_of(reviewed)
    with transaction() as session:
        words = [Cue(0, 300, "I typed this myself")]
        known: dict[str, Any] = {"actor": ACTOR, "now": clock.now(), "language": "en"}
        save_correction(session, reviewed.id, words, base=0, kind=TrackKind.UPLOADED, **known)
    assert again(reviewed, language)
    work(reviewed)
    assert shown(reviewed) == ("en", "I typed this myself")
    assert versions(reviewed) == [("uploaded", "en"), ("automatic", language)]


def samples_of(take: Take) -> str:
    """Store three seconds of silence as the decoded sound of a take."""
    get_storage().put(f"takes/{take.id}/audio.s16", bytes(2 * 3 * services.SAMPLES_A_SECOND))
    return f"takes/{take.id}/audio.s16"


@pytest.mark.parametrize("act", ["checked", "restored"])
def test_captions_that_a_reviewer_checked_or_restored_stay_and_the_new_ones_are_a_version_beside_them(
    client: CheckingClient, model: Transcription, reviewed: Take, act: str
) -> None:
    model()
    address = f"/review/captions/{reviewed.id}"
    before = shown(reviewed)
    if act == "checked":
        client.submit(f"{address}/check", {"base": "1"})
    else:
        client.submit(f"{address}/versions/1/restore", {"base": "1"})
    assert (
        "Captions that a person corrected, checked or restored stay in use."
        in client.page(f"{address}/versions").get_text()
    )
    assert again(reviewed, "cy")
    work(reviewed)
    assert shown(reviewed) == before
    assert versions(reviewed)[-1] == ("automatic", "cy")
    track = current_track(db.session(), reviewed.id)
    assert track
    newest = len(versions(reviewed))
    assert (track.checked_at is not None) == (act == "checked")
    client.submit(f"{address}/versions/{newest}/restore", {"base": str(track.version)})
    assert shown(reviewed) == ("cy", SAID["cy"])


@pytest.mark.usefixtures("client")
def test_captions_asked_for_while_others_are_made_are_the_ones_that_are_kept(
    model: Transcription, reviewed: Take
) -> None:
    other = ScriptedModel()

    def change_mind() -> None:
        if len(other.asked) == 1:
            again(reviewed, "cy")

    other.meanwhile = change_mind
    heard = model()
    heard.transcribe = other.transcribe  # type: ignore[method-assign]
    again(reviewed, "es")
    work(reviewed)
    assert shown(reviewed)[0] == "en"
    work(reviewed)
    assert other.asked == [["es"], ["cy"]]
    assert shown(reviewed) == ("cy", SAID["cy"])


@pytest.mark.usefixtures("client")
def test_two_people_who_ask_at_once_get_one_job_and_no_version_is_lost(
    app: Flask, model: Transcription, reviewed: Take
) -> None:
    heard = model()
    asked = at_once(app, [lambda: again(reviewed, "es"), lambda: again(reviewed, "cy")])
    assert asked == [Outcome.TO_DO, Outcome.TO_DO]
    db.session.rollback()
    chosen = db.session.get_one(Take, reviewed.id).language
    work(reviewed)
    work(reviewed)
    assert heard.asked == [[chosen]]
    assert versions(reviewed) == [("automatic", "en"), ("automatic", chosen)]


def test_captions_that_failed_can_be_made_again_in_the_same_language(app: Flask, model: Transcription) -> None:
    attempt = make_attempt()
    take = record_answer_without_captions(attempt, model)
    heard = model()
    assert again(take, "en") is Outcome.TO_DO
    work(take)
    assert heard.asked == [["en"]]
    assert shown(take) == ("en", SAID["en"])


def record_answer_without_captions(attempt: Attempt, model: Transcription) -> Take:
    model()
    take = record_answer(attempt)
    with transaction() as session:
        services.remove_tracks(session, take.id)
        run = session.get_one(StageRun, (take.id, str(Stage.TRANSCRIBE)))
        run.state = str(StageState.FAILED)
    return take


def test_requests_are_limited_whether_or_not_captions_are_made(
    client: CheckingClient, model: Transcription, reviewed: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remaking, "MAX_REQUESTS", 3)
    for language in ("es", "cy", "es"):
        assert again(reviewed, language) is Outcome.TO_DO
    with pytest.raises(ConflictError):
        again(reviewed, "cy")
    assert again(reviewed, "es") is Outcome.UNDER_WAY
    assert client.submit(f"/review/captions/{reviewed.id}/language", {"language": "cy"}).status_code == 303
    assert len(requests(reviewed)) == 4


@pytest.mark.usefixtures("client")
def test_the_candidate_and_staff_have_limits_of_their_own(
    model: Transcription, reviewed: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remaking, "MAX_REQUESTS", 1)
    candidate, other = Actor("candidate", reviewed.attempt_id), make_captioned_take(make_attempt())
    assert again(reviewed, "es", candidate) is Outcome.TO_DO
    with pytest.raises(ConflictError):
        again(reviewed, "cy", candidate)
    assert again(reviewed, "cy", Actor("staff", "one")) is Outcome.TO_DO
    with pytest.raises(ConflictError):
        again(reviewed, "es", Actor("staff", "another"))
    assert again(other, "es", candidate) is Outcome.TO_DO


@pytest.mark.usefixtures("client")
def test_failed_captions_cannot_be_asked_for_without_end(
    model: Transcription, reviewed: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remaking, "MAX_REQUESTS", 2)
    for _ in range(2):
        set_run(reviewed, Stage.TRANSCRIBE, StageState.FAILED)
        assert again(reviewed, "es") is Outcome.TO_DO
    set_run(reviewed, Stage.TRANSCRIBE, StageState.FAILED)
    with pytest.raises(ConflictError):
        again(reviewed, "es")


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize(
    ("state", "problem", "before", "after"),
    [
        (StageState.FAILED, GAVE_UP, 3, 2),
        (StageState.RUNNING, None, 3, 2),
        (StageState.PENDING, None, 1, 1),
        (StageState.FAILED, "OSError", 3, 0),
        (StageState.DONE, None, 1, 0),
    ],
)
def test_a_request_gives_work_that_kills_its_workers_one_more_attempt_only(
    model: Transcription, reviewed: Take, state: StageState, problem: str | None, before: int, after: int
) -> None:
    set_run(reviewed, Stage.TRANSCRIBE, state, problem=problem, attempts=before)
    assert again(reviewed, "es") is Outcome.TO_DO
    assert db.session.get_one(StageRun, (reviewed.id, str(Stage.TRANSCRIBE))).attempts == after


def test_a_second_press_is_told_that_captions_are_being_made(
    client: CheckingClient, model: Transcription, reviewed: Take
) -> None:
    assert "Captions are being made in this language: Spanish." in ask(client, reviewed, "es")
    page = ask(client, reviewed, "es")
    assert "already being made in this language: Spanish" in page
    assert "already in this language" not in page


def test_captions_that_wait_for_the_recording_are_told_so(
    client: CheckingClient, model: Transcription, reviewed: Take
) -> None:
    with transaction() as session:
        session.delete(session.get_one(StageRun, (reviewed.id, str(Stage.TRANSCRIBE))))
    set_run(reviewed, Stage.ENCODE, StageState.PENDING)
    for _ in range(2):
        assert "When the recording is ready, captions are made in this language: Spanish." in ask(
            client, reviewed, "es"
        )
    assert len(requests(reviewed)) == 1
    set_run(reviewed, Stage.ENCODE, StageState.FAILED)
    with pytest.raises(ConflictError):
        again(reviewed, "cy")


@pytest.mark.usefixtures("client")
def test_an_earlier_stage_does_not_count_once_captions_are_made(model: Transcription, reviewed: Take) -> None:
    set_run(reviewed, Stage.ENCODE, StageState.PENDING)
    offer = remaking.offer_for(db.session(), db.session.get_one(Take, reviewed.id), WHISPER_NAMES)
    assert offer
    assert offer.words == ""
    assert again(reviewed, "en") is Outcome.SHOWN


def test_a_language_that_is_made_but_not_shown_is_named_with_its_version(
    client: CheckingClient, model: Transcription, reviewed: Take
) -> None:
    heard = model()
    again(reviewed, "es")
    work(reviewed)
    with transaction() as session:
        restorer = Actor("staff", reviewed.attempt.interview.reviewers[0].id)
        restore(session, reviewed.id, 1, base=2, actor=restorer, now=NOON)
    page = ask(client, reviewed, "es")
    assert "Version 2 is already in this language: Spanish. To use it, open and restore that version." in page
    assert "These captions are already in this language: English." in ask(client, reviewed, "en")
    assert heard.asked == [["es"]]


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    "language",
    ["", "und", "tlh", "English", "en; DROP", "en-<b>", "EN", "en--", "en-\u202eevil", "en" + "-a" * 40, "🙂"],
)
def test_a_language_that_the_model_does_not_know_is_refused(language: str) -> None:
    with pytest.raises(InvalidInputError):
        again(make_captioned_take(make_attempt()), language)


@pytest.mark.usefixtures("app")
def test_nothing_is_made_again_where_nothing_can_be_heard() -> None:
    take = make_captioned_take(make_attempt())
    with transaction() as session:
        session.scalars(select(Media).where(Media.take_id == take.id)).one().has_audio = False
    with pytest.raises(ConflictError):
        again(take, "es")


def test_captions_of_others_are_not_found(client: CheckingClient) -> None:
    take = make_captioned_take(make_attempt())
    enter(client, make_attempt())
    assert client.submit(f"/interview/takes/{take.id}/captions/language", {"language": "es"}).status_code == 404
    answer = make_captioned_answer("Words", attempt=make_attempt(submitted_at=NOON))
    sign_in(client, make_user(Role.REVIEWER))
    assert client.submit(f"/review/captions/{answer.take_id}/language", {"language": "es"}).status_code == 404


def test_a_candidate_changes_the_language_until_the_answers_are_sent(client: CheckingClient) -> None:
    attempt = make_attempt()
    take = make_captioned_take(attempt)
    enter(client, attempt)
    address = f"/interview/takes/{take.id}/captions"
    options = [option["value"] for option in client.page(address).select("#caption-language option")]
    assert options[0] == "en"
    assert "cy" in options
    sent = client.submit(f"{address}/language", {"language": "cy", "from": "captions"})
    assert sent.headers["Location"].endswith(address)
    assert "being made in this language: Welsh" in client.page(address).get_text()
    with transaction() as session:
        session.merge(attempt).submitted_at = NOON
    assert client.submit(f"{address}/language", {"language": "es"}).status_code == 409
    db.session.rollback()
    assert db.session.get_one(Take, take.id).language == "cy"
