"""Question media that some browsers cannot play is encoded by the worker, and shown once encoding is complete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app import clock, housekeeping, pipeline
from app.audit import AuditEvent
from app.captions import question_media_encoding, question_media_pipeline
from app.captions.models import PromptEncoding
from app.extensions import db
from app.interviews.models import Interview, InterviewState, Question
from app.media.facts import MediaRefusedError, Refusal
from app.recording.leases import MAX_ATTEMPTS
from app.storage import get_storage
from app.transaction import transaction
from tests.captions.prompt_forms import (
    HEVC,
    SHORT,
    SIGNED_HEVC,
    SPOKEN,
    fields_of,
    files,
    give,
    kept,
    send,
    with_captions,
)
from tests.factories import make_attempt, make_take
from tests.lost_commits import losing_an_answer
from tests.page_check import CheckingClient

COMING = "A video or sound of this question is being prepared."


def coming() -> PromptEncoding | None:
    db.session.rollback()
    return db.session.scalar(select(PromptEncoding))


def candidate_of(app: Flask, interview: Interview) -> CheckingClient:
    client = app.test_client()
    assert isinstance(client, CheckingClient)
    with client.session_transaction() as session:
        session["attempt"] = make_attempt(interview).id
    return client


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Return a function that schedules one action for the time when the worker encodes."""
    real, acts = question_media_pipeline.prepare_media, []

    def prepare(*arguments: Any, **more: Any) -> Any:
        made = real(*arguments, **more)
        if acts:
            acts.pop()()
        return made

    monkeypatch.setattr(question_media_pipeline, "prepare_media", prepare)
    return acts.append


@pytest.fixture
def given(coordinator: CheckingClient, address: str) -> CheckingClient:
    """The client of a coordinator who has saved an HEVC video for a question."""
    assert give(coordinator, address, HEVC, SHORT).status_code == 303
    return coordinator


def test_it_waits_for_the_worker_and_is_shown_when_every_browser_plays_it(
    app: Flask, given: CheckingClient, address: str, interview: Interview
) -> None:
    question = interview.questions[0].id
    candidate = candidate_of(app, interview)
    assert kept() == []
    page = candidate.page(f"/interview/questions/{question}")
    assert COMING in page.get_text()
    assert page.select_one("#prompt-player") is None
    assert candidate.get(f"/prompts/{question}/media").status_code == 404

    assert pipeline.encode_next()
    assert not pipeline.encode_next()
    prompt = kept()[0]
    assert (prompt.content_type, prompt.has_video, prompt.has_audio, prompt.codecs) == (
        "video/webm", True, True, "vp9, opus",
    )  # fmt: skip
    assert "Tell us." in str(prompt.captions)
    assert sorted(files()) == sorted(prompt.keys)
    assert coming() is None
    page = candidate.page(f"/interview/questions/{question}")
    assert COMING not in page.get_text()
    assert page.select_one("#prompt-player")
    with candidate.get(f"/prompts/{question}/media") as film:
        assert film.status_code == 200
    changed = db.session.query(AuditEvent).filter_by(action="interview changed").all()
    assert [event.actor_kind for event in changed] == ["staff", "system"]


def test_staff_can_download_what_was_uploaded_before_and_after_and_nobody_else(
    app: Flask, given: CheckingClient, address: str, interview: Interview
) -> None:
    candidate = candidate_of(app, interview)
    for _ in range(2):
        page = given.page(address)
        link = page.select_one("a[download]")
        assert link
        file = given.get(str(link["href"]))
        assert (file.status_code, file.data[4:8]) == (200, b"ftyp")
        assert file.headers["Content-Disposition"].startswith("attachment")
        file.close()
        assert candidate.get(str(link["href"])).status_code in (302, 403)
        pipeline.encode_next()
    assert given.get(f"{address}/original/2").status_code == 404
    assert given.get(f"{address}/original/0").status_code == 404


def test_a_signed_one_keeps_its_picture(coordinator: CheckingClient, address: str) -> None:
    assert give(coordinator, address, SIGNED_HEVC, None).status_code == 303
    assert pipeline.encode_next()
    assert (kept()[0].content_type, kept()[0].has_audio, kept()[0].captions) == ("video/webm", False, None)


def test_earlier_media_of_a_question_stays_until_the_new_media_is_ready(
    app: Flask, coordinator: CheckingClient, address: str, interview: Interview
) -> None:
    give(coordinator, address)
    before = kept()[0].key
    give(coordinator, address, HEVC, SHORT)
    page = candidate_of(app, interview).page(f"/interview/questions/{interview.questions[0].id}")
    assert page.select_one("#prompt-player")
    assert COMING not in page.get_text()
    assert kept()[0].key == before
    pipeline.encode_next()
    assert before not in files()
    assert sorted(files()) == sorted(kept()[0].keys)


def test_how_far_it_is_is_shown_by_a_part_that_is_asked_for_until_it_is_ready(
    given: CheckingClient, address: str, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    shown: list[str] = []

    def look() -> None:
        with transaction() as session:
            session.scalars(select(PromptEncoding)).one().percent = 40
        shown.append(given.get(address, headers={"HX-Request": "true"}).text)

    meanwhile(look)
    pipeline.encode_next()
    assert 'value="40"' in shown[0]
    assert "data-hx-get" in shown[0]
    assert "<html" not in shown[0]
    ready = given.get(address, headers={"HX-Request": "true"})
    assert "data-hx-get" not in ready.text
    assert 'data-say="The file is ready."' in ready.text
    assert "HX-Request" in ready.headers["Vary"]


def test_an_interview_is_opened_once_its_films_are_ready(
    given: CheckingClient, address: str, interview: Interview
) -> None:
    with transaction() as session:
        session.get_one(Interview, interview.id).state = str(InterviewState.DRAFT)
    here = f"/manage/interviews/{interview.id}"
    assert "Its video or sound is being prepared" in given.page(here).get_text()
    refused = given.submit(f"{here}/open")
    assert refused.status_code == 409
    assert "The video or sound of question 1 is still being prepared." in refused.text
    pipeline.encode_next()
    assert given.submit(f"{here}/open").status_code == 303


def test_a_question_that_was_answered_meanwhile_stays_as_it_was(
    given: CheckingClient, address: str, interview: Interview, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    source = files()
    meanwhile(lambda: make_take(make_attempt(interview), interview.questions[0]))
    assert pipeline.encode_next()
    assert (kept(), files()) == ([], source)
    interview_page = given.page(f"/manage/interviews/{interview.id}")
    assert interview_page.find("a", string="Why the file of question 1 could not be used", href=address)
    page = given.page(address)
    assert "A candidate answered this question before the file was ready." in page.get_text()
    assert page.select_one("[data-hx-get]") is None
    assert not pipeline.encode_next()
    assert given.submit(f"{address}/coming/remove").status_code == 303
    assert (coming(), files()) == (None, [])


@pytest.mark.parametrize("how", ["replaced", "given up", "taken away", "removed with its question"])
def test_media_changed_while_it_is_encoded_leaves_nothing_behind(
    given: CheckingClient, address: str, meanwhile: Callable[[Callable[[], object]], None], how: str
) -> None:
    acts: dict[str, Callable[[], object]] = {
        "replaced": lambda: give(given, address, SIGNED_HEVC, None),
        "given up": lambda: given.submit(f"{address}/coming/remove"),
        "taken away": lambda: given.submit(f"{address}/remove"),
        "removed with its question": lambda: given.submit(address.replace("/prompt", "/remove")),
    }
    meanwhile(acts[how])
    assert pipeline.encode_next()
    assert kept() == []
    if how == "replaced":
        assert pipeline.encode_next()
        assert not kept()[0].has_audio
        assert sorted(files()) == sorted(kept()[0].keys)
    else:
        assert (files(), coming()) == ([], None)
        assert not pipeline.encode_next()


def test_one_that_its_worker_lost_is_encoded_by_another_and_given_up_after_three(
    given: CheckingClient, address: str, interview: Interview
) -> None:
    question = interview.questions[0].id
    for hours in range(MAX_ATTEMPTS, 1, -1):
        with transaction() as session:
            before = clock.now() - timedelta(hours=hours)
            assert question_media_encoding.claim(session, question, 0, now=before)
    with transaction() as session:
        assert question_media_encoding.claim(session, question, 0, now=clock.now())
    assert not pipeline.encode_next(), "somebody has it"
    with transaction() as session:
        session.scalars(select(PromptEncoding)).one().lease_until = clock.now() - timedelta(seconds=1)
    assert not pipeline.encode_next()
    assert "Something went wrong here while this file was converted." in given.page(address).get_text()


def test_a_worker_that_lost_it_publishes_nothing(
    given: CheckingClient, interview: Interview, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    def take_over() -> None:
        with transaction() as session:
            session.scalars(select(PromptEncoding)).one().lease_until = clock.now() - timedelta(seconds=1)
        assert pipeline.encode_next()

    meanwhile(take_over)
    assert pipeline.encode_next()
    assert sorted(files()) == sorted(kept()[0].keys)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (Refusal.TIMEOUT, "This file is too large to be converted here."),
        (Refusal.DAMAGED, "not a video or sound that can be read here"),
    ],
)
def test_media_that_cannot_be_encoded_shows_the_reason_and_is_not_retried(
    given: CheckingClient, address: str, monkeypatch: pytest.MonkeyPatch, code: Refusal, words: str
) -> None:
    def refuse(*_: Any, **_more: Any) -> None:
        raise MediaRefusedError(code, "no")

    monkeypatch.setattr(question_media_pipeline, "prepare_media", refuse)
    assert pipeline.encode_next()
    assert not pipeline.encode_next()
    assert words in given.page(address).get_text()
    assert len(files()) == 1, "what was uploaded stays until it is removed"


def test_a_film_that_would_lose_its_picture_is_not_published(
    given: CheckingClient, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = question_media_pipeline.prepare_media

    def without_picture(*arguments: Any, **more: Any) -> Any:
        made = real(*arguments, **more)
        return replace(made, parts=tuple(replace(part, video_codec=None) for part in made.parts))

    monkeypatch.setattr(question_media_pipeline, "prepare_media", without_picture)
    assert pipeline.encode_next()
    assert kept() == []
    assert len(files()) == 1
    assert "not a video or sound that can be read here" in given.page(address).get_text()


@pytest.mark.parametrize("is_silent", [False, True])
def test_a_film_that_would_lose_its_sound_is_not_published_and_a_silent_one_with_captions_is(
    coordinator: CheckingClient, address: str, monkeypatch: pytest.MonkeyPatch, is_silent: bool
) -> None:
    give(coordinator, address, SIGNED_HEVC if is_silent else HEVC, SHORT)
    real = question_media_pipeline.prepare_media

    def without_sound(*arguments: Any, **more: Any) -> Any:
        made = real(*arguments, **more)
        return replace(made, parts=tuple(replace(part, audio_codec=None) for part in made.parts))

    monkeypatch.setattr(question_media_pipeline, "prepare_media", without_sound)
    assert pipeline.encode_next()
    if is_silent:
        assert [(prompt.has_audio, prompt.captions is None) for prompt in kept()] == [(False, False)]
        return
    assert kept() == []
    assert len(files()) == 1
    assert "not a video or sound that can be read here" in coordinator.page(address).get_text()


def test_a_film_stays_when_it_was_published_and_the_answer_of_the_commit_is_lost(
    given: CheckingClient, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    with losing_an_answer() as lose:
        meanwhile(lose)
        with pytest.raises(OperationalError):
            pipeline.encode_next()
    published = kept()[0].keys
    assert set(published) <= set(files())
    housekeeping.remove_orphans(clock.now() + timedelta(days=2))
    assert sorted(files()) == sorted(published)


@pytest.mark.parametrize("is_at_work", [False, True])
def test_captions_corrected_before_it_is_ready_are_published_with_it(
    coordinator: CheckingClient,
    address: str,
    meanwhile: Callable[[Callable[[], object]], None],
    is_at_work: bool,
) -> None:
    form = fields_of(send(coordinator, address, HEVC, SHORT))
    corrected = with_captions(form, SHORT.replace(b"Tell us.", b"Tell us all."))
    assert coordinator.submit(f"{address}/captions", {**form, "do": "save"}).status_code == 303

    def correct() -> None:
        assert coordinator.submit(f"{address}/captions", corrected).status_code == 303

    if is_at_work:
        meanwhile(correct)
    else:
        correct()
    assert pipeline.encode_next()
    assert "Tell us all." in str(kept()[0].captions)
    assert sorted(files()) == sorted(kept()[0].keys)


def test_captions_corrected_on_a_page_from_before_it_was_ready_are_those_of_the_film(
    coordinator: CheckingClient, address: str
) -> None:
    form = fields_of(send(coordinator, address, HEVC, SHORT))
    assert coordinator.submit(f"{address}/captions", {**form, "do": "save"}).status_code == 303
    assert pipeline.encode_next()
    corrected = with_captions(form, SHORT.replace(b"Tell us.", b"Tell us all."))
    assert coordinator.submit(f"{address}/captions", corrected).status_code == 303
    assert ("Tell us all." in str(kept()[0].captions), kept()[0].codecs) == (True, "vp9, opus")
    assert sorted(files()) == sorted(kept()[0].keys)


@pytest.mark.parametrize("how", ["replaced", "replaced by one that waits", "removed"])
def test_captions_corrected_on_a_page_whose_film_was_replaced_are_shown_beside_those_that_are_saved(
    coordinator: CheckingClient, address: str, how: str
) -> None:
    form = fields_of(send(coordinator, address, HEVC, SHORT))
    assert coordinator.submit(f"{address}/captions", {**form, "do": "save"}).status_code == 303
    if how == "removed":
        assert coordinator.submit(f"{address}/coming/remove").status_code == 303
    else:
        give(coordinator, address, HEVC if "waits" in how else SPOKEN, SHORT.replace(b"Tell us.", b"Theirs."))
    before = sorted(files())
    answer = coordinator.submit(f"{address}/captions", with_captions(form, SHORT.replace(b"Tell us.", b"Mine.")))
    assert answer.status_code == 409
    assert "The video or sound of these captions was replaced or removed in the meantime" in answer.text
    assert "Mine." in answer.text
    assert ("Theirs." in answer.text) == (how != "removed")
    assert 'value="save"' not in answer.text
    assert sorted(files()) == before


def test_a_fault_of_the_machine_is_tried_again_after_a_pause(
    given: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: Any, **_more: Any) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(question_media_pipeline, "prepare_media", break_down)
        with pytest.raises(OSError, match="disk full"):
            pipeline.encode_next()
    assert not pipeline.encode_next(), "not at once"
    with transaction() as session:
        session.scalars(select(PromptEncoding)).one().updated_at = clock.now() - timedelta(minutes=2)
    assert pipeline.encode_next()
    assert len(kept()) == 1


def test_saving_the_same_page_twice_makes_one(coordinator: CheckingClient, address: str) -> None:
    for _ in range(2):
        give(coordinator, address, HEVC, SHORT)
    assert len(files()) == 1
    row = coming()
    assert row
    assert row.source_key == files()[0]


def test_the_sweep_leaves_its_files_alone(given: CheckingClient) -> None:
    later = clock.now() + timedelta(days=30)
    housekeeping.remove_orphans(later)
    assert len(files()) == 1
    pipeline.encode_next()
    stray = files()[0].rsplit("/", 1)[0] + "x/source"
    get_storage().put(stray, b"bytes of no kind")
    question = db.session.scalars(select(Question.id)).first()
    left = f"prompts/{question}/1-{'a' * 26}/source"
    get_storage().put(left, b"left by a killed process")
    housekeeping.remove_orphans(later)
    assert sorted(files()) == sorted([*kept()[0].keys, stray])
