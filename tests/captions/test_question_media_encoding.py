"""Question media that some browsers cannot play is encoded by the worker, and shown once encoding is complete."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from app import pipeline
from app.audit import AuditEvent
from app.captions.models import QuestionMediaEncoding
from app.extensions import db
from app.interviews.models import Interview, InterviewState
from app.transaction import transaction
from tests.captions.question_media_forms import (
    HEVC,
    SHORT,
    SIGNED_HEVC,
    coming,
    files,
    give,
    kept,
)
from tests.factories import make_attempt
from tests.page_check import CheckingClient

COMING = "A video or sound of this question is being prepared."


def candidate_of(app: Flask, interview: Interview) -> CheckingClient:
    client = app.test_client()
    assert isinstance(client, CheckingClient)
    with client.session_transaction() as session:
        session["attempt"] = make_attempt(interview).id
    return client


def test_question_media_is_shown_after_the_worker_has_encoded_it(
    app: Flask, given: CheckingClient, address: str, interview: Interview
) -> None:
    question = interview.questions[0].id
    candidate = candidate_of(app, interview)
    assert kept() == []
    page = candidate.page(f"/interview/questions/{question}")
    assert COMING in page.get_text()
    assert page.select_one("#question-player") is None
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
    assert page.select_one("#question-player")
    with candidate.get(f"/prompts/{question}/media") as media:
        assert media.status_code == 200
    changed = db.session.query(AuditEvent).filter_by(action="interview changed").order_by(AuditEvent.number).all()
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
    assert page.select_one("#question-player")
    assert COMING not in page.get_text()
    assert kept()[0].key == before
    pipeline.encode_next()
    assert before not in files()
    assert sorted(files()) == sorted(kept()[0].keys)


def test_progress_of_encoding_is_polled_until_it_is_complete(
    given: CheckingClient, address: str, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    shown: list[str] = []

    def look() -> None:
        with transaction() as session:
            session.scalars(select(QuestionMediaEncoding)).one().percent = 40
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


def test_saving_the_same_page_twice_keeps_one_file(coordinator: CheckingClient, address: str) -> None:
    for _ in range(2):
        give(coordinator, address, HEVC, SHORT)
    assert len(files()) == 1
    row = coming()
    assert row
    assert row.source_key == files()[0]
