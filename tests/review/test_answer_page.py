"""The page of an answer: recording, captions, transcript, written answer, and notes about their state."""

from __future__ import annotations

from typing import Any

import pytest

from app.interviews.models import Interview
from app.recording.models import StageState, Take, TakeKind
from app.transaction import transaction
from tests.answer_factories import add_media, make_answer, make_captioned_answer, make_cue, set_stages
from tests.factories import NOON
from tests.page_check import CheckingClient
from tests.review.desk_pages import sent_attempt, text_of


class TestAnswer:
    def test_shows_the_recording_with_captions_and_the_transcript(
        self, desk: CheckingClient, interview: Interview
    ) -> None:
        answer = make_captioned_answer("We sailed out", "at dawn.", attempt=sent_attempt(interview))
        page = desk.page(f"/review/answers/{answer.id}")
        assert page.video["src"] == f"/media/{answer.take_id}"
        assert page.video.has_attr("controls")
        assert not page.video.has_attr("autoplay")
        assert page.track["src"] == f"/captions/{answer.take_id}.vtt"
        assert page.track["kind"] == "captions"
        cues = page.select(".transcript .cue__button")
        assert [text_of(cue) for cue in cues] == ["0:00 We sailed out", "0:03 at dawn."]
        assert cues[1]["href"] == f"/review/answers/{answer.id}?t=3000"
        assert text_of(page.select_one(".prompt")) == interview.questions[0].prompt

    def test_a_time_in_the_address_begins_there_without_a_script(
        self, desk: CheckingClient, interview: Interview
    ) -> None:
        answer = make_captioned_answer("We sailed out", "at dawn.", attempt=sent_attempt(interview))
        assert desk.page(f"/review/answers/{answer.id}?t=3250").video["src"].endswith("#t=3.251")

    @pytest.mark.parametrize("time", ["-5", "x", "1e9", "", "NaN", "9" * 30])
    def test_invalid_time_starts_at_zero(self, desk: CheckingClient, interview: Interview, time: str) -> None:
        answer = make_captioned_answer("We sailed out", attempt=sent_attempt(interview))
        assert "#t" not in desk.page(f"/review/answers/{answer.id}?t={time}").video["src"]

    def test_says_that_automatic_captions_are_not_checked_and_what_the_model_is(
        self, desk: CheckingClient, interview: Interview
    ) -> None:
        notice = "Made by a demonstration model."
        answer = make_captioned_answer("We sailed out", attempt=sent_attempt(interview), notice=notice)
        page = desk.page(f"/review/answers/{answer.id}")
        assert "Automatic captions, not checked" in text_of(page.select_one(".transcript__notes"))
        assert notice in text_of(page.select_one(".transcript__notes"))
        assert "not checked" in page.track["label"]

    def test_says_nothing_of_the_kind_about_checked_captions(self, desk: CheckingClient, interview: Interview) -> None:
        answer = make_captioned_answer("We sailed out", attempt=sent_attempt(interview), checked_at=NOON)
        assert "not checked" not in str(desk.page(f"/review/answers/{answer.id}"))

    def test_marks_words_that_the_model_was_not_sure_of_in_text_too(
        self, desk: CheckingClient, interview: Interview
    ) -> None:
        cue = make_cue("We sailed from the arbor", unsure=["arbor"])
        answer = make_captioned_answer(cue, attempt=sent_attempt(interview))
        (word,) = desk.page(f"/review/answers/{answer.id}").select(".uncertain")
        assert text_of(word) == "arbor (not sure)"

    def test_a_script_in_a_caption_is_text(self, desk: CheckingClient, interview: Interview) -> None:
        answer = make_captioned_answer("<script>alert(1)</script> & <b>", attempt=sent_attempt(interview))
        page = desk.page(f"/review/answers/{answer.id}?q=alert")
        assert text_of(page.select_one(".cue__text")) == "<script> alert (1)</script> & <b>"

    def test_shows_an_answer_in_writing_as_text(self, desk: CheckingClient, interview: Interview) -> None:
        answer = make_answer(sent_attempt(interview), text="First the tide.\n\nThen <the> weather.")
        page = desk.page(f"/review/answers/{answer.id}")
        assert page.video is None
        assert [text_of(line) for line in page.select("#reading .prose p")] == [
            "First the tide.",
            "Then <the> weather.",
        ]

    def test_finds_in_the_answer_without_a_script(self, desk: CheckingClient, interview: Interview) -> None:
        answer = make_captioned_answer("We sailed out", "sails set", "at dawn.", attempt=sent_attempt(interview))
        page = desk.page(f"/review/answers/{answer.id}?q=sail")
        assert [mark.get_text() for mark in page.select("mark")] == ["sailed", "sails"]
        assert text_of(page.select_one(".transcript__found")) == "2 matches"

    def test_leads_to_the_other_answers_of_the_candidate(self, desk: CheckingClient, interview: Interview) -> None:
        attempt = sent_attempt(interview)
        first = make_captioned_answer("Yes.", attempt=attempt)
        third = make_answer(attempt, interview.questions[2], text="No.")
        page = desk.page(f"/review/answers/{third.id}")
        links = page.select("nav.pagination a")
        assert [(text_of(link), link["href"]) for link in links] == [
            ("Question 1", f"/review/answers/{first.id}"),
            ("Question 3", f"/review/answers/{third.id}"),
        ]
        assert links[1]["aria-current"] == "page"

    @pytest.mark.parametrize(
        ("facts", "words"),
        [
            ({"announced": [{"segment": 1, "bytes": 9, "recorded_ms": 900}]}, "Part of this recording is missing."),
            ({"announced": []}, "Part of this recording is missing."),  # its file is damaged
            ({"announced": [], "is_cut": True}, "Part of this recording may be missing."),
            ({"announced": None}, "Part of this recording may be missing."),
            ({"announced": None, "closed_at": None}, "Part of this recording may be missing."),
        ],
    )
    @pytest.mark.parametrize("plays_everywhere", [True, False])
    def test_answer_page_says_that_a_recording_is_or_may_be_incomplete(
        self,
        desk: CheckingClient,
        interview: Interview,
        facts: dict[str, Any],
        words: str,
        plays_everywhere: bool,
    ) -> None:
        answer = make_captioned_answer("We sailed", attempt=sent_attempt(interview))
        with transaction() as session:
            take = session.get_one(Take, answer.take_id)
            for name, value in {"is_whole": False, **facts}.items():
                setattr(take, name, value)
            assert take.media
            take.media.plays_everywhere = plays_everywhere
        page = text_of(desk.page(f"/review/answers/{answer.id}"))
        assert words in page
        assert "longest part" not in page

    def test_says_that_only_the_longest_part_can_be_shown(self, desk: CheckingClient, interview: Interview) -> None:
        answer = make_captioned_answer("We sailed", attempt=sent_attempt(interview))
        with transaction() as session:
            take = session.get_one(Take, answer.take_id)
            assert take.media
            take.is_whole, take.media.plays_everywhere, take.media.is_longest_part = False, False, True
        page = text_of(desk.page(f"/review/answers/{answer.id}"))
        assert "Only the longest part of this recording can be shown. The rest of it is kept." in page
        assert "missing" not in page

    def test_says_that_no_speech_was_heard(self, desk: CheckingClient, interview: Interview) -> None:
        answer = make_captioned_answer(attempt=sent_attempt(interview))
        assert "No speech was heard" in text_of(desk.page(f"/review/answers/{answer.id}"))

    def test_says_of_a_signed_answer_that_there_is_nothing_to_hear(
        self, desk: CheckingClient, interview: Interview
    ) -> None:
        answer = make_captioned_answer(attempt=sent_attempt(interview))
        with transaction() as session:
            session.get_one(Take, answer.take_id).kind = str(TakeKind.SIGNED)
        page = desk.page(f"/review/answers/{answer.id}")
        assert "A signed answer gets no automatic captions" in text_of(page)
        assert "No speech was heard" not in text_of(page)
        assert page.find("a", string="Type captions, or choose a caption file")

    @pytest.mark.parametrize("state", [StageState.PENDING, StageState.WAITING_FOR_MODEL, StageState.FAILED])
    def test_signed_answer_is_not_promised_captions_before_it_is_processed(
        self, desk: CheckingClient, interview: Interview, state: StageState
    ) -> None:
        answer = make_answer(sent_attempt(interview))
        assert answer.take_id
        add_media(answer.take_id)
        set_stages(answer.take_id, StageState.DONE, state)
        with transaction() as session:
            session.get_one(Take, answer.take_id).kind = str(TakeKind.SIGNED)
        page = text_of(desk.page(f"/review/answers/{answer.id}"))
        assert "A signed answer gets no automatic captions" in page
        assert "Captions are being made" not in page
