"""A coordinator uploads a video that Chromium cannot play: it is converted, with progress, and then plays."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from app import pipeline
from app.accounts.models import Role
from app.captions.models import PromptEncoding, PromptMedia
from app.clock import now
from app.extensions import db
from app.recording.models import StageState
from app.transaction import transaction
from tests.browser.checkers import problems_of
from tests.browser.conftest import CLIPS, LiveServer
from tests.captions.prompt_forms import SHORT
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
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Save with these captions").click()
    expect(page.get_by_text("The file is being prepared")).to_be_visible()
    assert problems_of(page) == []
    with transaction() as session:
        row = session.query(PromptEncoding).one()
        row.percent = 40
    expect(page.locator("#film-progress")).to_have_js_property("value", 40, timeout=20_000)

    assert pipeline.encode_next()
    expect(page.locator("#prompt-player")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("The file is being prepared")).to_be_hidden()
    expect(page.get_by_role("link", name="Download the original file")).to_be_visible()
    expect(page.locator("#status")).to_contain_text("The file is ready.")
    assert problems_of(page) == []

    live_server.sign(page.context, attempt=make_attempt(interview).id)
    page.goto(f"/interview/questions/{question.id}")
    assert page.locator("#prompt-player").evaluate(PLAYS) == [True, True]


def test_candidate_reads_the_question_while_its_video_is_being_converted(live_server: LiveServer, page: Page) -> None:
    attempt = make_attempt()
    question = attempt.interview.questions[0]
    with transaction() as session:
        session.add(
            PromptEncoding(
                question_id=question.id, source_key="prompts/x", duration_ms=1000, has_video=True, made_at=now(),
                updated_at=now(), state=str(StageState.RUNNING), percent=10,
            )
        )  # fmt: skip
    live_server.sign(page.context, attempt=attempt.id)
    page.goto(f"/interview/questions/{question.id}")
    expect(page.get_by_text("A video or sound of this question is being prepared.")).to_be_visible()
    expect(page.get_by_text(question.prompt).first).to_be_visible()
    expect(page.locator("#prompt-player")).to_have_count(0)
    assert problems_of(page) == []
    assert db.session.query(PromptMedia).count() == 0
