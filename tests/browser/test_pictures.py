"""If a browser cannot show a video's picture, it plays the sound and reports no error, so the player shows a notice."""

from __future__ import annotations

from functools import partial

import pytest
from playwright.sync_api import Page, Route, expect

from app.accounts.models import Role, StaffUser
from app.captions.models import QuestionMedia
from app.clock import now
from app.recording.models import Stage, StageRun, StageState
from app.transaction import transaction
from tests.answer_factories import add_media, make_answer, make_captioned_answer, make_captioned_take, set_stages
from tests.browser.checkers import problems_of
from tests.browser.conftest import CLIPS, LiveServer
from tests.factories import ANSWER, NOON, make_attempt, make_interview, make_user

UNSEEN = CLIPS / "answer_one.wav"  # a browser without HEVC treats an HEVC video like this file: sound without picture
STAFF_TITLE = "This browser shows no picture"
OWN_WORDS = "This browser cannot show the picture of this recording. The recording is kept."
QUESTION_WORDS = "This browser cannot show the picture of this video."


def sign_in(live_server: LiveServer, page: Page, user: StaffUser) -> None:
    live_server.sign(page.context, user=user.id, epoch=user.session_epoch, since=now().timestamp())


def expect_notice(page: Page, address: str, player: str, words: str) -> None:
    """Open the page twice: the player gets only sound, then also a picture. Only the first visit shows the notice."""
    video, notice = page.locator(player), page.get_by_text(words)
    for file, is_seen in ((UNSEEN, False), (ANSWER, True)):
        for where in ("**/media/*", "**/prompts/*/media"):
            page.route(where, partial(Route.fulfill, path=file))
        page.goto(address)
        video.evaluate("one => { one.preload = 'auto'; one.load() }")
        page.wait_for_function("one => one.readyState > 0", arg=video.element_handle())
        assert (video.evaluate("one => one.videoWidth") > 0) is is_seen
        expect(notice).to_be_visible(visible=not is_seen)
        if not is_seen:
            assert problems_of(page) == []


@pytest.mark.parametrize("path", ["/review/answers/{answer}", "/review/captions/{take}"])
def test_a_reviewer_is_told_that_the_picture_is_not_shown(live_server: LiveServer, page: Page, path: str) -> None:
    reviewer = make_user(Role.REVIEWER)
    attempt = make_attempt(make_interview(reviewers=[reviewer]), submitted_at=NOON)
    answer = make_captioned_answer("We sailed out", attempt=attempt, recording=ANSWER)
    sign_in(live_server, page, reviewer)
    expect_notice(page, path.format(answer=answer.id, take=answer.take_id), "#recording", STAFF_TITLE)


@pytest.mark.parametrize("path", ["/interview/questions/{question}", "/interview/takes/{take}/captions"])
def test_a_candidate_is_told_that_the_picture_is_not_shown(live_server: LiveServer, page: Page, path: str) -> None:
    attempt = make_attempt()
    take = make_captioned_take(attempt, "We sailed out")
    live_server.sign(page.context, attempt=attempt.id)
    expect_notice(page, path.format(question=take.question_id, take=take.id), "main video[src]", OWN_WORDS)


def test_the_video_of_a_question_says_that_its_picture_is_not_shown(live_server: LiveServer, page: Page) -> None:
    attempt = make_attempt()
    question = attempt.interview.questions[0]
    film = {"key": f"prompts/{question.id}/x/prompt.webm", "content_type": "video/webm", "size": 1, "duration_ms": 5000}
    with transaction() as session:
        session.add(QuestionMedia(question_id=question.id, has_video=True, has_audio=False, made_at=NOON, **film))
    live_server.sign(page.context, attempt=attempt.id)
    expect_notice(page, f"/interview/questions/{question.id}", "#question-player", QUESTION_WORDS)


def test_reviewer_sees_the_progress_of_encoding_and_then_the_recording(live_server: LiveServer, page: Page) -> None:
    reviewer = make_user(Role.REVIEWER)
    answer = make_answer(make_attempt(make_interview(reviewers=[reviewer]), submitted_at=NOON))
    take = str(answer.take_id)
    set_stages(take, StageState.DONE)
    with transaction() as session:
        run = StageRun(
            take_id=take, stage=str(Stage.ENCODE), state=str(StageState.RUNNING), percent=40, updated_at=NOON
        )
        session.merge(run)
    sign_in(live_server, page, reviewer)
    page.goto(f"/review/answers/{answer.id}")
    expect(page.get_by_text("Making it playable in every browser: 40 %")).to_be_visible()
    expect(page.get_by_text("You do not need to load the page again")).to_be_visible()
    assert problems_of(page) == []
    add_media(take, ANSWER)
    set_stages(take, StageState.DONE, StageState.DONE)
    expect(page.locator("#recording")).to_be_visible()
    expect(page.get_by_text("Making it playable")).to_be_hidden()
