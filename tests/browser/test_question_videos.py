"""Chromium cannot play the video that a coordinator uploads: it is converted, the page shows progress, and then it
plays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app import pipeline
from app.accounts.models import Role
from app.captions.models import QuestionMedia, QuestionMediaEncoding
from app.clock import now
from app.extensions import db
from app.recording.models import StageState
from app.transaction import transaction
from tests.browser.checkers import problems_of
from tests.browser.conftest import CLIPS, LiveServer
from tests.browser.recorder_page import CLIP, WATCH, changes_while_capturing, heard, phase, record_for, spoken
from tests.captions.question_media_forms import SHORT
from tests.factories import make_attempt, make_interview, make_user

PLAYS = """async video => {
    video.muted = true;
    await video.play();
    await new Promise(done => video.addEventListener("timeupdate", () => video.currentTime > 0 && done()));
    return [video.videoWidth > 0, video.error === null];
}"""


def test_video_in_hevc_is_converted_and_plays_for_the_candidate(live_server: LiveServer, page: Page) -> None:
    coordinator, interview = make_user(Role.COORDINATOR), make_interview()
    question = interview.questions[0]
    live_server.sign(page.context, user=coordinator.id, epoch=coordinator.session_epoch, since=now().timestamp())
    page.goto(f"/manage/interviews/{interview.id}/questions/{question.id}/prompt")
    page.get_by_label("Video or sound").set_input_files(CLIPS / "hevc.mov")
    page.get_by_label("Captions", exact=True).set_input_files(
        {"name": "question.vtt", "mimeType": "text/vtt", "buffer": SHORT}
    )
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Save with these captions").click()
    expect(page.get_by_text("The file is being prepared")).to_be_visible()
    assert problems_of(page) == []
    with transaction() as session:
        row = session.query(QuestionMediaEncoding).one()
        row.percent = 40
    expect(page.locator("#question-media-progress")).to_have_js_property("value", 40)

    assert pipeline.encode_next()
    expect(page.locator("#question-player")).to_be_visible()
    expect(page.get_by_text("The file is being prepared")).to_be_hidden()
    expect(page.get_by_role("link", name="Download the original file")).to_be_visible()
    expect(page.locator("#status")).to_contain_text("The file is ready.")
    assert problems_of(page) == []

    live_server.sign(page.context, attempt=make_attempt(interview).id)
    page.goto(f"/interview/questions/{question.id}")
    assert page.locator("#question-player").evaluate(PLAYS) == [True, True]


def test_candidate_reads_the_question_while_its_video_is_being_converted(live_server: LiveServer, page: Page) -> None:
    attempt = make_attempt()
    question = attempt.interview.questions[0]
    with transaction() as session:
        session.add(
            QuestionMediaEncoding(
                question_id=question.id, source_key="prompts/x", duration_ms=1000, has_video=True, made_at=now(),
                updated_at=now(), state=str(StageState.RUNNING), percent=10,
            )
        )  # fmt: skip
    live_server.sign(page.context, attempt=attempt.id)
    page.goto(f"/interview/questions/{question.id}")
    expect(page.get_by_text("A video or sound of this question is being prepared.")).to_be_visible()
    expect(page.get_by_text(question.prompt).first).to_be_visible()
    expect(page.locator("#question-player")).to_have_count(0)
    assert problems_of(page) == []
    assert db.session.query(QuestionMedia).count() == 0


COMING = "A video or sound of this question is being prepared."
READY = "The video or sound of this question is ready."


@pytest.fixture
def waiting_page(live_server: LiveServer, launch: Callable[..., Browser]) -> Iterator[tuple[Page, str]]:
    """Return the page of a question whose video is being converted, and the question's id. The test controls the page's
    clock.
    """
    attempt = make_attempt()
    question_id = attempt.interview.questions[0].id
    with transaction() as session:
        session.add(
            QuestionMediaEncoding(
                question_id=question_id, source_key="prompts/x", duration_ms=1000, has_video=True, made_at=now(),
                updated_at=now(), state=str(StageState.RUNNING), percent=10,
            )
        )  # fmt: skip
    with launch(CLIP).new_context(base_url=live_server.url, permissions=["camera", "microphone"]) as context:
        live_server.sign(context, attempt=attempt.id)
        context.add_init_script(path=WATCH)
        page = context.new_page()
        page.clock.install()
        page.goto(f"/interview/questions/{question_id}")
        expect(page.get_by_text(COMING)).to_be_visible()
        expect(page.locator("#recorder")).to_be_visible()
        yield page, question_id


def ready(question_id: str) -> None:
    """Store the converted video of a question, as the worker does when it finishes."""
    with transaction() as session:
        session.delete(session.query(QuestionMediaEncoding).one())
        session.add(
            QuestionMedia(
                question_id=question_id, key="prompts/x", content_type="video/webm", size=1, duration_ms=1000,
                has_video=True, has_audio=True, captions=SHORT.decode(), made_at=now(),
            )
        )  # fmt: skip


def test_a_film_that_becomes_ready_appears_and_is_said_once(waiting_page: tuple[Page, str]) -> None:
    page, question_id = waiting_page
    with page.expect_response(lambda answer: answer.url == page.url):
        page.clock.fast_forward(10_000)
    expect(page.get_by_text(COMING)).to_be_visible()
    assert spoken(page) == []
    ready(question_id)
    page.clock.fast_forward(10_000)
    expect(page.locator("#question-player")).to_be_visible()
    expect(page.get_by_text(COMING)).to_have_count(0)
    page.clock.fast_forward(2000)
    heard(page, READY)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.fast_forward(40_000)
    page.clock.fast_forward(40_000)
    assert page.url not in asked
    assert [said for said in spoken(page) if "video" in said] == [READY]
    page.clock.resume()
    assert problems_of(page) == []


def test_a_film_that_fails_takes_its_line_away(waiting_page: tuple[Page, str]) -> None:
    page, _question_id = waiting_page
    with transaction() as session:
        session.query(QuestionMediaEncoding).one().state = str(StageState.FAILED)
    page.clock.fast_forward(10_000)
    expect(page.get_by_text(COMING)).to_have_count(0)
    page.clock.fast_forward(2000)
    heard(page, "There is no video or sound of this question.")


def test_a_film_that_becomes_ready_while_capture_runs_waits_for_its_end(waiting_page: tuple[Page, str]) -> None:
    page, question_id = waiting_page
    page.clock.resume()
    page.locator("#kind-audio").press("Space")
    page.locator("#record").press("Enter")
    phase(page, "recording")
    ready(question_id)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    record_for(page, 11_000)
    expect(page.get_by_text(COMING)).to_be_visible()
    assert page.url not in asked
    page.locator("#record").press("Enter")
    phase(page, "review")
    assert changes_while_capturing(page) == []
    expect(page.locator("#question-player")).to_be_visible(timeout=60_000)
    heard(page, READY)
