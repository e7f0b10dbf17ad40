"""The reviewer's pages: what they show, to whom, and what they never show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask, g
from sqlalchemy import event, select

from app.accounts.models import Role, StaffUser
from app.audit import AuditAction, AuditEvent
from app.extensions import db
from app.interviews.models import Attempt, Interview
from app.recording.models import Answer, StageState, Take, TakeKind
from app.review import services
from app.transaction import transaction
from tests.answer_factories import add_media, make_answer, make_captioned_answer, make_cue, set_stages
from tests.factories import NOON, enter, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient

HTMX = {"HX-Request": "true"}


@pytest.fixture
def reviewer(app: Flask) -> StaffUser:
    return make_user(Role.REVIEWER, name="Rada Reviewer")


@pytest.fixture
def interview(reviewer: StaffUser) -> Interview:
    return make_interview(reviewers=[reviewer], title="Harbour guide")


@pytest.fixture
def desk(client: CheckingClient, reviewer: StaffUser) -> CheckingClient:
    """A client that is signed in as the reviewer."""
    sign_in(client, reviewer)
    return client


def sent_attempt(interview: Interview, name: str = "Ada Candidate", **fields: object) -> Attempt:
    attempt = make_attempt(interview, submitted_at=NOON, **fields)
    with transaction() as session:
        invitation = session.get_one(Attempt, attempt.id).invitation
        invitation.candidate_name, invitation.reference = name, "K7PX2W"
    return attempt


def text_of(page: object) -> str:
    return " ".join(page.get_text(" ").split())  # type: ignore[attr-defined]


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


class TestInterviews:
    def test_lists_the_interviews_of_this_reviewer_with_what_was_sent(
        self, desk: CheckingClient, interview: Interview
    ) -> None:
        make_interview(title="Somebody else's")
        attempt = sent_attempt(interview)
        make_captioned_answer("Yes.", attempt=attempt)
        make_captioned_answer("No.", attempt=attempt, question=interview.questions[1])
        make_captioned_answer("Not sent.", attempt=make_attempt(interview))
        page = desk.page("/review/")
        (row,) = page.select("tbody tr")
        assert text_of(row) == "Harbour guide 1 2"
        assert row.a["href"] == f"/review/interviews/{interview.id}"

    def test_says_so_when_there_are_none(self, desk: CheckingClient) -> None:
        assert "No interview is assigned to you yet" in text_of(desk.page("/review/"))


class TestInterview:
    def test_shows_each_answer_with_its_state_in_words(self, desk: CheckingClient, interview: Interview) -> None:
        attempt = sent_attempt(interview)
        make_captioned_answer("Yes.", attempt=attempt)
        make_answer(attempt, interview.questions[1], text="In writing.")
        page = desk.page(f"/review/interviews/{interview.id}")
        (row,) = page.select("tbody tr")
        assert [text_of(cell) for cell in row.select("th, td")] == [
            "Ada Candidate (K7PX2W)",
            "Open : Ada Candidate (K7PX2W), question 1 Ready",
            "Open : Ada Candidate (K7PX2W), question 2 In writing",
            "No answer",
        ]

    @pytest.mark.parametrize(
        ("stages", "words"),
        [
            ((), "Still arriving"),
            ((StageState.PENDING,), "Being prepared"),
            ((StageState.FAILED,), "Could not be opened"),
            ((StageState.DONE,), "Captions are being made"),
            ((StageState.DONE, StageState.RUNNING), "Captions are being made"),
            ((StageState.DONE, StageState.WAITING_FOR_MODEL), "Waiting for a speech model"),
            ((StageState.DONE, StageState.FAILED), "Without captions"),
            ((StageState.DONE, StageState.DONE), "Ready"),
        ],
    )
    def test_every_state_has_its_words(
        self, desk: CheckingClient, interview: Interview, stages: tuple[StageState, ...], words: str
    ) -> None:
        answer = make_answer(sent_attempt(interview))
        if stages:
            set_stages(answer.take_id, *stages)
        (state,) = desk.page(f"/review/interviews/{interview.id}").select(".state")
        assert text_of(state) == words

    def test_shows_nobody_who_has_not_sent_their_answers(self, desk: CheckingClient, interview: Interview) -> None:
        make_captioned_answer("Not sent.", attempt=make_attempt(interview))
        page = desk.page(f"/review/interviews/{interview.id}")
        assert not page.select("tbody tr")
        assert "No answers yet" in text_of(page)

    def test_lists_fifty_candidates_a_page_by_name(
        self, desk: CheckingClient, interview: Interview, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(services, "PAGE", 2)
        for name in ("Cleo", "ada", "Bert"):
            make_answer(sent_attempt(interview, name), text="Yes.")
        address = f"/review/interviews/{interview.id}"
        first, second, beyond = (desk.page(f"{address}?page={number}") for number in ("1", "2", "99"))
        assert [text_of(row.th) for row in first.select("tbody tr")] == ["ada (K7PX2W)", "Bert (K7PX2W)"]
        assert [text_of(row.th) for row in second.select("tbody tr")] == ["Cleo (K7PX2W)"]
        assert [text_of(row.th) for row in beyond.select("tbody tr")] == ["Cleo (K7PX2W)"]
        assert "page 2" in second.title.get_text()

    @pytest.mark.parametrize("page", ["0", "-1", "x", "", "9" * 40, "٣"])
    def test_a_page_that_is_none_is_the_first(self, desk: CheckingClient, interview: Interview, page: str) -> None:
        make_answer(sent_attempt(interview), text="Yes.")
        assert desk.page(f"/review/interviews/{interview.id}?page={page}").select("tbody tr")

    def test_costs_the_same_number_of_queries_for_three_and_for_thirty(
        self, desk: CheckingClient, reviewer: StaffUser
    ) -> None:
        interview = make_interview(questions=1, reviewers=[reviewer])
        numbers = []
        for more in (3, 27):
            for _ in range(more):
                make_captioned_answer("Yes.", attempt=sent_attempt(interview))
            db.session.expire_all()
            g.pop("user", None)
            with counted_queries() as statements:
                desk.page(f"/review/interviews/{interview.id}")
            numbers.append(len(statements))
        assert numbers[0] == numbers[1] <= 12


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
    def test_a_time_that_is_none_begins_at_the_beginning(
        self, desk: CheckingClient, interview: Interview, time: str
    ) -> None:
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
        assert text_of(page.select_one(".transcript__found")) == "2 places"

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

    def test_says_that_a_recording_is_not_whole(self, desk: CheckingClient, interview: Interview) -> None:
        answer = make_captioned_answer("We sailed", attempt=sent_attempt(interview))
        with transaction() as session:
            session.get_one(Take, answer.take_id).is_whole = False
        assert "Part of this recording is missing." in text_of(desk.page(f"/review/answers/{answer.id}"))

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
    def test_promises_no_captions_of_a_signed_answer_that_nobody_has_looked_into_yet(
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


class TestWaiting:
    @pytest.mark.parametrize(
        ("stages", "words", "every"),
        [
            ((), "The recording is still arriving", "every 10s"),
            ((StageState.PENDING,), "The recording is being prepared", "every 3s"),
            ((StageState.FAILED,), "The recording could not be opened", None),
        ],
    )
    def test_before_the_recording_is_there(
        self,
        desk: CheckingClient,
        interview: Interview,
        stages: tuple[StageState, ...],
        words: str,
        every: str | None,
    ) -> None:
        answer = make_answer(sent_attempt(interview))
        if stages:
            set_stages(answer.take_id, *stages)
        page = desk.page(f"/review/answers/{answer.id}")
        assert words in text_of(page)
        assert page.video is None
        assert page.select_one("#watch").get("data-hx-trigger") == every

    @pytest.mark.parametrize(
        ("heard", "words", "every"),
        [
            (None, "Captions are being made", "every 3s"),
            (StageState.RUNNING, "Captions are being made", "every 3s"),
            (StageState.WAITING_FOR_MODEL, "flask --app wsgi model fetch", "every 30s"),
            (StageState.FAILED, "Automatic captions could not be made", None),
        ],
    )
    def test_before_the_captions_are_there_the_recording_can_be_watched(
        self, desk: CheckingClient, interview: Interview, heard: StageState | None, words: str, every: str | None
    ) -> None:
        answer = make_answer(sent_attempt(interview))
        set_stages(answer.take_id, StageState.DONE, heard)
        add_media(answer.take_id)
        page = desk.page(f"/review/answers/{answer.id}")
        assert words in text_of(page)
        assert page.video["src"] == f"/media/{answer.take_id}"
        assert page.select_one("#watch").get("data-hx-get") is None
        assert page.select_one("#transcript").get("data-hx-trigger") == every

    def test_asking_stops_because_the_finished_part_does_not_ask(
        self, desk: CheckingClient, interview: Interview
    ) -> None:
        answer = make_captioned_answer("We sailed out", attempt=sent_attempt(interview))
        part = desk.page(f"/review/answers/{answer.id}", headers=HTMX)
        assert part.html is None
        assert not part.select("[data-hx-trigger]")
        assert part.select_one("#transcript")["data-captions"] == f"/captions/{answer.take_id}.vtt"
        assert [said["data-say"] for said in part.select("[data-say]")] == ["Captions are ready."]

    def test_one_address_gives_the_page_and_its_part(self, desk: CheckingClient, interview: Interview) -> None:
        answer = make_captioned_answer("We sailed out", attempt=sent_attempt(interview))
        assert desk.get(f"/review/answers/{answer.id}").headers["Vary"].split(", ").count("HX-Request") == 1
        restored = desk.get(
            f"/review/answers/{answer.id}", headers={**HTMX, "HX-History-Restore-Request": "true"}, check=False
        )
        assert b"<html" in restored.data


class TestSearchPage:
    def test_gives_each_hit_as_a_link_to_its_moment(self, desk: CheckingClient, interview: Interview) -> None:
        answer = make_captioned_answer("Nothing.", "The harbour was full.", attempt=sent_attempt(interview))
        page = desk.page(f"/review/interviews/{interview.id}/search?q=harbours")
        (hit,) = page.select("a.hit")
        assert hit["href"] == f"/review/answers/{answer.id}?t=3000&q=harbours"
        assert text_of(hit) == "0:03 The harbour was full."
        assert text_of(hit.mark) == "harbour"
        assert text_of(page.select_one("#results h2")) == "Ada Candidate (K7PX2W), question 1"

    def test_says_how_many_once_in_the_page_and_once_aloud(self, desk: CheckingClient, interview: Interview) -> None:
        make_captioned_answer("The harbour.", "A harbour.", attempt=sent_attempt(interview))
        part = desk.page(f"/review/interviews/{interview.id}/search?q=harbour", headers=HTMX)
        assert part.html is None
        assert [said["data-say"] for said in part.select("[data-say]")] == ["2 places in 1 answer"]
        assert text_of(part.select_one(".results__count")) == "2 places in 1 answer"

    def test_shows_a_few_places_of_an_answer_and_leads_to_the_rest(
        self, desk: CheckingClient, interview: Interview
    ) -> None:
        answer = make_captioned_answer(*["The harbour."] * 8, attempt=sent_attempt(interview))
        page = desk.page(f"/review/interviews/{interview.id}/search?q=harbour")
        assert len(page.select("a.hit")) == 3
        (more,) = [link for link in page.select("#results a") if "more" in link.get_text()]
        assert text_of(more) == "5 more places in this answer"
        assert more["href"] == f"/review/answers/{answer.id}?q=harbour"

    def test_an_answer_in_writing_is_a_hit_without_a_time(self, desk: CheckingClient, interview: Interview) -> None:
        answer = make_answer(sent_attempt(interview), text="The harbour.")
        page = desk.page(f"/review/interviews/{interview.id}/search?q=harbour")
        assert page.select_one("a.hit")["href"] == f"/review/answers/{answer.id}?q=harbour"

    def test_pages_follow(self, desk: CheckingClient, interview: Interview) -> None:
        for number in range(11):
            make_captioned_answer("The harbour.", attempt=sent_attempt(interview, f"Candidate {number}"))
        page = desk.page(f"/review/interviews/{interview.id}/search?q=harbour&page=2")
        assert len(page.select("a.hit")) == 1
        assert text_of(page.select_one(".results__count")) == "11 answers, page 2 of 2"
        assert page.select_one("a[rel=prev]")["href"].endswith("/search?q=harbour&page=1")

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ("nothingofthesort", "Nothing was found"),
            ("-harbour", "Type a word to find as well"),
            ("???", "no letter and no digit"),
            ("h*", "at least two letters before the star"),
            ("x" * 301, "too long"),
            ("%00%ff%fe", "Nothing was found"),
            ("<script>alert(1)</script>", "Nothing was found"),
        ],
    )
    def test_any_question_gets_an_answer_in_words(
        self, desk: CheckingClient, interview: Interview, typed: str, words: str
    ) -> None:
        make_captioned_answer("The harbour.", attempt=sent_attempt(interview))
        address = f"/review/interviews/{interview.id}/search?q={typed}"
        assert words in text_of(desk.page(address))
        (said,) = desk.page(address, headers=HTMX).select("[data-say]")
        assert words.lower() in said["data-say"].lower()

    def test_before_anything_is_typed_nothing_is_said(self, desk: CheckingClient, interview: Interview) -> None:
        page = desk.page(f"/review/interviews/{interview.id}/search")
        assert not page.select("[data-say], .hit")


class TestDoors:
    @pytest.fixture
    def theirs(self) -> dict[str, str]:
        """The addresses of another reviewer's interview."""
        answer = make_captioned_answer("The harbour.", attempt=sent_attempt(make_interview()))
        interview_id = db.session.get_one(Attempt, answer.attempt_id).interview.id
        return {
            "interview": f"/review/interviews/{interview_id}",
            "answer": f"/review/answers/{answer.id}",
            "search": f"/review/interviews/{interview_id}/search?q=harbour",
        }

    @pytest.mark.parametrize("page", ["interview", "answer", "search"])
    def test_another_reviewers_page_and_none_are_the_same(
        self, desk: CheckingClient, theirs: dict[str, str], page: str
    ) -> None:
        none = {
            "interview": "/review/interviews/nothing",
            "answer": "/review/answers/nothing",
            "search": "/review/interviews/nothing/search?q=harbour",
        }
        answers = [desk.get(address[page]) for address in (theirs, none)]
        assert [answer.status_code for answer in answers] == [404, 404]
        texts = [
            answer.text.replace(address[page], "") for answer, address in zip(answers, (theirs, none), strict=True)
        ]
        pages = [re.sub(r'(csrf[-_]token" (?:content|value)=)"[^"]*"', r"\1", text) for text in texts]
        assert pages[0] == pages[1]  # but for the address, to which the choice of a language leads back

    @pytest.mark.parametrize("page", ["/review/", "interview", "answer", "search"])
    @pytest.mark.parametrize("role", [Role.COORDINATOR, Role.COMPLIANCE, Role.ADMINISTRATOR])
    def test_other_roles_are_refused(
        self, client: CheckingClient, theirs: dict[str, str], page: str, role: Role
    ) -> None:
        sign_in(client, make_user(role))
        assert client.get(theirs.get(page, page)).status_code == 403

    @pytest.mark.parametrize("page", ["/review/", "interview", "answer", "search"])
    def test_nobody_is_sent_to_sign_in(self, client: CheckingClient, theirs: dict[str, str], page: str) -> None:
        assert client.get(theirs.get(page, page)).headers["Location"].startswith("/sign-in?next=")

    def test_an_answer_that_was_not_sent_is_not_there(self, desk: CheckingClient, interview: Interview) -> None:
        answer = make_captioned_answer("Not sent.", attempt=make_attempt(interview))
        assert desk.get(f"/review/answers/{answer.id}").status_code == 404

    def test_an_answer_whose_take_was_removed_is_not_there(self, desk: CheckingClient, interview: Interview) -> None:
        answer = make_captioned_answer("Removed.", attempt=sent_attempt(interview))
        with transaction() as session:
            session.get_one(Take, answer.take_id).removed_at = NOON
        assert desk.get(f"/review/answers/{answer.id}").status_code == 404


class TestRecord:
    def views(self) -> list[AuditEvent]:
        db.session.rollback()
        query = select(AuditEvent).where(AuditEvent.action == str(AuditAction.ANSWER_VIEWED))
        return list(db.session.scalars(query))

    def test_opening_an_answer_is_written_down_once(
        self, desk: CheckingClient, interview: Interview, reviewer: StaffUser
    ) -> None:
        answer = make_captioned_answer("The harbour.", attempt=sent_attempt(interview))
        desk.page(f"/review/answers/{answer.id}")
        (viewed,) = self.views()
        assert (viewed.actor_kind, viewed.actor_id) == ("staff", reviewer.id)
        assert (viewed.subject_kind, viewed.subject_id) == ("answer", answer.id)
        assert viewed.details == {"take": answer.take_id}

    PARTS = (
        "/review/captions/{take}",
        "/review/captions/{take}/versions",
        "/review/captions/{take}/versions/1",
        "/captions/{take}.vtt",
        "/captions/{take}.srt",
        "/captions/{take}.txt",
        "/media/{take}",
        "/media/{take}?only=sound",
    )

    def test_asking_again_for_parts_of_what_is_open_is_no_opening(
        self, desk: CheckingClient, interview: Interview
    ) -> None:
        answer = make_captioned_answer("The harbour.", attempt=sent_attempt(interview))
        desk.page(f"/review/answers/{answer.id}")
        desk.page(f"/review/answers/{answer.id}", headers=HTMX)
        for part in self.PARTS:
            desk.get(part.format(take=answer.take_id)).close()
        assert len(self.views()) == 1

    @pytest.mark.parametrize("part", [*PARTS, "/review/answers/{answer}"])
    def test_whoever_asks_for_a_part_alone_has_seen_the_answer(
        self, desk: CheckingClient, interview: Interview, part: str
    ) -> None:
        answer = make_captioned_answer("The harbour.", attempt=sent_attempt(interview))
        for _twice in range(2):
            headers = HTMX if "answers" in part else {}
            desk.get(part.format(take=answer.take_id, answer=answer.id), headers=headers).close()
        (viewed,) = self.views()
        assert viewed.subject_id == answer.id
        assert viewed.details == {"take": answer.take_id}

    def test_a_part_asked_for_after_signing_in_again_is_another_viewing(
        self, desk: CheckingClient, interview: Interview, reviewer: StaffUser
    ) -> None:
        answer = make_captioned_answer("The harbour.", attempt=sent_attempt(interview))
        desk.get(f"/captions/{answer.take_id}.vtt")
        sign_in(desk, reviewer)
        desk.get(f"/captions/{answer.take_id}.vtt")
        assert len(self.views()) == 2

    def test_candidates_who_look_at_their_own_are_no_viewers(
        self, client: CheckingClient, interview: Interview
    ) -> None:
        attempt = make_attempt(interview)
        answer = make_captioned_answer("The harbour.", attempt=attempt)
        enter(client, attempt)
        for address in (f"/captions/{answer.take_id}.vtt", f"/media/{answer.take_id}"):
            with client.get(address) as response:
                assert response.status_code == 200
        assert not self.views()

    def test_what_could_not_be_opened_was_not_viewed(self, desk: CheckingClient) -> None:
        answer = make_captioned_answer("The harbour.", attempt=sent_attempt(make_interview()))
        desk.get(f"/review/answers/{answer.id}")
        assert not self.views()


class TestConfidential:
    def test_two_candidates_who_differ_in_what_they_were_granted_look_alike(
        self, desk: CheckingClient, interview: Interview
    ) -> None:
        plain = sent_attempt(interview, "Sam")
        granted = sent_attempt(interview, "Sam", preferences={"audio_only": True, "hide_timer": True})
        answers = [make_captioned_answer("The harbour.", attempt=attempt) for attempt in (plain, granted)]
        with transaction() as session:
            take = session.get_one(Take, answers[1].take_id)
            take.number, take.kind = 7, "audio"
            take.limits = {"recording_seconds": None, "thinking_seconds": None, "retakes": None}
            take.started_at = NOON + timedelta(days=9)
            take.recorded_ms = 3_600_000
            session.get_one(Attempt, granted.id).submitted_at = NOON + timedelta(days=9)
        for address in ("/review/answers/{}", "/review/answers/{}?q=harbour&t=0"):
            pages = [self._normal(desk, address.format(answer.id), answer) for answer in answers]
            assert pages[0] == pages[1]
        rows = [str(row) for row in desk.page(f"/review/interviews/{interview.id}").select("tbody tr")]
        assert len(rows) == 2
        assert len({self._neutral(row, answer) for row in rows for answer in answers if answer.id in row}) == 1
        page = desk.page(f"/review/interviews/{interview.id}/search?q=harbour")
        hits = [str(hit) for hit in page.select("#results section")]
        assert len(hits) == 2
        assert len({self._neutral(hit, answer) for hit in hits for answer in answers if answer.id in hit}) == 1

    def _normal(self, desk: CheckingClient, address: str, answer: Answer) -> str:
        page = desk.page(address)
        for token in page.select("[name=csrf_token], [name=csrf-token]"):
            token.decompose()
        return self._neutral(str(page), answer)

    def _neutral(self, html: str, answer: Answer) -> str:
        known = {answer.id: "ANSWER", str(answer.take_id): "TAKE", answer.attempt_id: "ATTEMPT"}
        for each, name in known.items():
            html = html.replace(each, name)
        return html
