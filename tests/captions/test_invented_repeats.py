"""Pages mark the repeats that the speech model invented. Short windows and retries have a limit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from app.accounts.models import Role
from app.captions.models import CaptionTrack
from app.captions.shaping.cues import Cue
from app.captions.shaping.repetitions import INVENTED
from app.captions.speech.models import ModelOptions
from app.captions.speech.sound import LevelledSound, MemorySound
from app.captions.speech.windowed_run import MAX_TOKENS, RETRY_TEMPERATURES, WindowedTranscription
from app.captions.speech.windows import SAMPLE_RATE, passages
from app.interviews.models import BlindMode, Interview
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer, make_captioned_take, make_cue
from tests.factories import NOON, enter, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient

REVIEWER_NOTE = "Words were repeated here faster than anybody speaks"
CANDIDATE_NOTE = "The computer may have made up some of these repeated words."


def invented(text: str, start_ms: int) -> Cue:
    cue = make_cue(text, start_ms)
    return replace(cue, words=tuple(replace(word, probability=INVENTED) for word in cue.words))


@pytest.mark.parametrize("mode", [BlindMode.OFF, BlindMode.TEXT])
def test_reviewers_read_at_the_caption_that_repeats_were_made_up(client: CheckingClient, mode: BlindMode) -> None:
    reviewer = make_user(Role.REVIEWER)
    interview = make_interview(reviewers=[reviewer])
    attempt = make_attempt(interview, submitted_at=NOON)
    answer = make_captioned_answer(make_cue("I said"), invented("no no no", 3000), attempt=attempt)
    with transaction() as session:
        session.get_one(Interview, interview.id).blind = str(mode)
    sign_in(client, reviewer)
    cues = client.page(f"/review/answers/{answer.id}").select(".cue")
    assert [REVIEWER_NOTE in cue.get_text() for cue in cues] == [False, True]
    with transaction() as session:
        session.scalars(select(CaptionTrack)).one().checked_at = NOON
    assert REVIEWER_NOTE not in client.page(f"/review/answers/{answer.id}").get_text()


def test_repeats_that_were_said_have_no_note(client: CheckingClient) -> None:
    reviewer = make_user(Role.REVIEWER)
    attempt = make_attempt(make_interview(reviewers=[reviewer]), submitted_at=NOON)
    answer = make_captioned_answer("it's it's it's it's it's it's it's mine", attempt=attempt)
    sign_in(client, reviewer)
    assert REVIEWER_NOTE not in client.page(f"/review/answers/{answer.id}").get_text()


def test_candidates_read_it_at_the_caption_and_may_leave_it(client: CheckingClient) -> None:
    attempt = make_attempt()
    take = make_captioned_take(attempt, "I said", "no no no")
    with transaction() as session:
        cue = session.scalars(select(CaptionTrack).where(CaptionTrack.take_id == take.id)).one().cues[1]
        cue.words = [[*word[:3], INVENTED] for word in cue.words]
    enter(client, attempt)
    page = client.page(f"/interview/takes/{take.id}/captions")
    assert page.get_text().count(CANDIDATE_NOTE) == 1
    field = page.select("textarea")[1]
    assert "repeated-1" in str(field["aria-describedby"]).split()


class Asked:
    """A speech model that records what it is asked for, and hears nothing."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def transcribe(self, _sound: object, **asked: Any) -> tuple[list[object], None]:
        """Record the options."""
        self.asked = asked
        return [], None


@pytest.mark.parametrize(("seconds", "tokens"), [(1, 60), (8, 200), (9, 220), (10, None), (30, None)])
def test_a_short_window_has_a_limit_for_its_text(seconds: int, tokens: int | None) -> None:
    assert tokens is None or tokens <= MAX_TOKENS
    model, length = Asked(), seconds * SAMPLE_RATE
    sound = LevelledSound(MemorySound(np.zeros(length, np.float32)))
    hearing = WindowedTranscription(
        model, ModelOptions(batched=False), sound, passages([(0, length)], length), language="en"
    )
    assert hearing.words(lambda _share: None) == []
    assert model.asked["max_new_tokens"] == tokens


def test_a_window_that_looped_is_not_transcribed_again_in_the_way_in_which_it_looped() -> None:
    assert 0.0 not in RETRY_TEMPERATURES
    assert len(RETRY_TEMPERATURES) == 2
