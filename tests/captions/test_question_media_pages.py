"""Question media is accepted only together with captions. Candidates play it, and it is deleted with its question."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.exc import IntegrityError

from app import clock, housekeeping, pipeline
from app.accounts.models import Role
from app.audit import AuditEvent
from app.captions.models import QuestionMedia
from app.extensions import db
from app.ids import new_id
from app.interviews.models import Interview
from app.storage import get_storage
from app.transaction import transaction
from tests.captions.question_media_forms import CAPTIONS, fields_of, files, give, kept, send, with_captions
from tests.factories import NOON, make_attempt, make_interview, make_take, make_user, sign_in
from tests.page_check import CheckingClient


@pytest.fixture
def candidate(app: Flask, interview: Interview, coordinator: CheckingClient, address: str) -> CheckingClient:
    """The client of a candidate in an interview whose first question has a video."""
    assert give(coordinator, address).status_code == 303
    client = app.test_client()
    assert isinstance(client, CheckingClient)
    with client.session_transaction() as session:
        session["attempt"] = make_attempt(interview).id
    return client


def test_a_question_has_a_player_with_captions_and_its_transcript(
    candidate: CheckingClient, interview: Interview
) -> None:
    first, second = interview.questions
    page = candidate.page(f"/interview/questions/{first.id}")
    player = page.select_one("video#question-player")
    assert player is not None
    assert player["src"] == f"/prompts/{first.id}/media"
    assert "autoplay" not in player.attrs
    track = player.track
    assert track is not None
    assert (track["kind"], track["srclang"], "default" in track.attrs) == ("captions", "en", True)
    assert [line.get_text() for line in page.select(".question-media details p")] == [
        "Tell us about a night",
        "& a day.",
    ]
    assert first.prompt in page.get_text()
    assert candidate.page(f"/interview/questions/{second.id}").select_one("#question-player") is None


def test_its_file_comes_by_ranges_and_its_captions_as_webvtt(candidate: CheckingClient, interview: Interview) -> None:
    here = f"/prompts/{interview.questions[0].id}"
    part = candidate.get(f"{here}/media", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, b"\x1aE\xdf\xa3")
    assert part.content_type == "audio/webm"
    assert part.headers["Content-Disposition"] == "inline; filename=question.webm"
    part.close()
    told = candidate.get(f"{here}/captions.vtt")
    assert told.content_type == "text/vtt; charset=utf-8"
    assert "Tell us about" in told.text
    assert "&amp; a day." in told.text


@pytest.mark.parametrize("name", ["media", "captions.vtt"])
def test_candidates_of_other_interviews_and_reviewers_get_no_question_media(
    app: Flask, candidate: CheckingClient, interview: Interview, name: str
) -> None:
    here = f"/prompts/{interview.questions[0].id}/{name}"
    with candidate.session_transaction() as session:
        session["attempt"] = make_attempt().id
    assert candidate.get(here).status_code == 404
    reviewer = app.test_client()
    sign_in(reviewer, make_user(Role.REVIEWER))
    assert reviewer.get(here).status_code == 403
    assert app.test_client().get(here).status_code in (302, 401)


def test_sound_without_captions_is_refused_and_nothing_is_kept(coordinator: CheckingClient, address: str) -> None:
    answer = give(coordinator, address, captions=None)
    assert answer.status_code == 422
    assert "There is sound in this file, so it needs captions." in answer.text
    assert (kept(), files()) == ([], [])


def test_the_database_refuses_it_too(interview: Interview) -> None:
    prompt = QuestionMedia(
        question_id=interview.questions[0].id, key="k", content_type="video/webm", size=1, duration_ms=1,
        has_video=True, has_audio=True, captions=None, made_at=NOON,
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(prompt)


@pytest.mark.parametrize(
    ("captions", "words"),
    [
        (b"WEBVTT\n\n", "There are no captions in this file."),
        (b"WEBVTT\n\nsoon --> later\nNever\n", "line 3"),
        (b"", "There are no captions in this file."),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "This file is a picture."),
        (b"%PDF-1.7\n1 0 obj", "This file is a PDF document."),
        (b"PK\x03\x04\x14\0\0\0\x08\0word/document.xml", "a word-processor document"),
        (b"PK\x03\x04\x14\0\0\0\x08\0a.srt", "This file is an archive"),
        (bytes(range(256)), "This file has no text"),
    ],
)
def test_invalid_captions_are_refused_with_a_reason(
    coordinator: CheckingClient, address: str, captions: bytes, words: str
) -> None:
    answer = give(coordinator, address, captions=captions)
    assert answer.status_code == 422
    assert words.lower() in answer.text.lower()
    assert (kept(), files()) == ([], [])


@pytest.mark.parametrize("file", [b"", b"<html><script>alert(1)</script>"], ids=["empty", "html"])
def test_a_file_that_is_not_media_is_refused_in_words(coordinator: CheckingClient, address: str, file: bytes) -> None:
    answer = give(coordinator, address, file=file)
    assert answer.status_code == 422
    assert "Choose" in answer.text
    assert (kept(), files()) == ([], [])


def test_new_media_replaces_the_old_and_removing_it_leaves_the_text(
    coordinator: CheckingClient, address: str, interview: Interview
) -> None:
    give(coordinator, address)
    (first,) = files()
    give(coordinator, address)
    (second,) = files()
    assert first != second
    assert [prompt.key for prompt in kept()] == [second]
    assert [said["data-say"] for said in coordinator.page(address).select("main [data-say]")] == ["Saved."]
    assert coordinator.submit(f"{address}/remove").status_code == 303
    assert (kept(), files()) == ([], [])
    assert interview.questions[0].prompt in coordinator.page(address).get_text()
    changed = db.session.query(AuditEvent).filter_by(action="interview changed").count()
    assert changed == 3


def test_question_media_is_deleted_with_its_question(
    coordinator: CheckingClient, address: str, interview: Interview
) -> None:
    give(coordinator, address)
    assert coordinator.submit(address.replace("/prompt", "/remove")).status_code == 303
    assert (kept(), files()) == ([], [])


def test_question_media_cannot_change_after_the_first_answer(
    coordinator: CheckingClient, address: str, interview: Interview
) -> None:
    give(coordinator, address)
    make_take(make_attempt(interview), interview.questions[0])
    before = files()
    assert give(coordinator, address).status_code == 409
    assert coordinator.submit(f"{address}/remove").status_code == 409
    assert files() == before
    page = coordinator.page(address)
    assert page.select_one("input[type=file]") is None
    assert "This question has answers" in page.get_text()


def test_a_question_of_another_interview_is_not_found(coordinator: CheckingClient, address: str) -> None:
    other = make_interview()
    wrong = f"/manage/interviews/{other.id}/questions/{address.split('/')[-2]}/prompt"
    assert coordinator.get(wrong).status_code == 404
    assert give(coordinator, wrong).status_code == 404


def test_a_file_without_a_row_is_swept_once_it_is_old_and_nothing_else(
    candidate: CheckingClient, interview: Interview
) -> None:
    kept_file, question = kept()[0].key, interview.questions[1].id
    fresh = f"prompts/{question}/{int(NOON.timestamp())}-{new_id()}/prompt.webm"
    killed = f"prompts/{question}/{int((NOON - timedelta(days=2)).timestamp())}-{new_id()}/prompt.webm"
    older_kind, strange = f"prompts/{question}/{new_id()}/prompt.mp4", "prompts/readme.txt"
    for key in (fresh, killed, older_kind, strange):
        get_storage().put(key, b"bytes")
    pipeline.sweep(NOON)
    assert set(files()) == {kept_file, fresh, strange}
    assert housekeeping.remove_orphans(clock.now() + timedelta(days=30)) == 1
    assert set(files()) == {kept_file, strange}


class TestLookingOver:
    """A coordinator sees the captions of a question before saving them."""

    def test_nothing_is_saved_before_a_person_has_seen_the_captions(
        self, coordinator: CheckingClient, address: str
    ) -> None:
        answer = send(coordinator, address)
        assert answer.status_code == 200
        assert "Nothing is saved yet." in answer.text
        assert "Tell us about a night" in answer.text
        assert kept() == []
        assert coordinator.submit(f"{address}/captions", {**fields_of(answer), "do": "save"}).status_code == 303
        assert len(kept()) == 1

    def test_repaired_lines_are_named(self, coordinator: CheckingClient, address: str) -> None:
        answer = send(coordinator, address, captions=b"WEBVTT\n\n00:00,000 --> 00:02,000\nTell us\n")
        assert "Line 3: the times are not written in the usual way." in answer.text

    def test_letters_are_asked_about_and_read_again(self, coordinator: CheckingClient, address: str) -> None:
        words = "WEBVTT\n\n00:00.000 --> 00:02.000\nРасскажите\n".encode("cp1251")
        answer = send(coordinator, address, captions=words)
        fields = fields_of(answer)
        again = coordinator.submit(f"{address}/captions", {**fields, "encoding": "cp1251", "do": "read"})
        assert "Расскажите" in BeautifulSoup(again.text, "html.parser").select(".cue-list__text")[0].get_text()
        sent = {**fields_of(again), "encoding": "cp1251", "do": "save"}
        assert coordinator.submit(f"{address}/captions", sent).status_code == 303
        assert "Расскажите" in str(kept()[0].captions)

    def test_captions_after_the_end_are_refused_or_moved_together(
        self, coordinator: CheckingClient, address: str
    ) -> None:
        late = b"WEBVTT\n\n00:00.000 --> 00:02.000\nIn time.\n\n20:00:00.000 --> 20:00:01.000\nLate\n"
        answer = send(coordinator, address, captions=late)
        assert answer.status_code == 422
        assert "1 of 2 captions is later than the end" in answer.text
        assert (kept(), files()) == ([], [])
        code = b"1\n01:00:01,000 --> 01:00:02,000\nOne hour on.\n"
        answer = send(coordinator, address, captions=code)
        assert answer.status_code == 422
        fields = fields_of(answer)
        assert coordinator.submit(f"{address}/captions", {**fields, "do": "save"}).status_code == 422
        assert kept() == []
        moved = coordinator.submit(f"{address}/captions", {**fields, "do": "move-3600000"})
        assert moved.status_code == 200
        assert coordinator.submit(f"{address}/captions", {**fields_of(moved), "do": "save"}).status_code == 303
        assert "00:00:01.000 --> 00:00:02.000" in str(kept()[0].captions)

    def test_saving_twice_saves_once_and_an_old_page_brings_nothing_back(
        self, coordinator: CheckingClient, address: str
    ) -> None:
        first = {**fields_of(send(coordinator, address)), "do": "save"}
        for _ in range(2):
            assert coordinator.submit(f"{address}/captions", first).status_code == 303
        assert [prompt.key for prompt in kept()] == files()
        give(coordinator, address)
        assert coordinator.submit(f"{address}/captions", first).status_code == 409
        assert [prompt.key for prompt in kept()] == files()

    def test_corrected_captions_of_the_same_film_are_saved_and_recorded(
        self, coordinator: CheckingClient, address: str
    ) -> None:
        fields = fields_of(send(coordinator, address))
        corrected = with_captions(fields, CAPTIONS.replace(b"a night", b"a fine night"))
        for form, changes in (({**fields, "do": "save"}, 1), (corrected, 2), (corrected, 2)):
            assert coordinator.submit(f"{address}/captions", form).status_code == 303
            assert db.session.query(AuditEvent).filter_by(action="interview changed").count() == changes
        assert "a fine night" in str(kept()[0].captions)
        assert [prompt.key for prompt in kept()] == files()

    @pytest.mark.parametrize("draft", ["", "x", "eyJxIjoxfQ.x.y"])
    def test_a_page_that_we_did_not_sign_saves_nothing(
        self, coordinator: CheckingClient, address: str, draft: str
    ) -> None:
        fields = {**fields_of(send(coordinator, address)), "draft": draft, "do": "save"}
        assert coordinator.submit(f"{address}/captions", fields).status_code == 422
        assert kept() == []

    def test_an_upload_belongs_to_its_question(
        self, coordinator: CheckingClient, address: str, interview: Interview
    ) -> None:
        fields = {**fields_of(send(coordinator, address)), "do": "save"}
        other = address.replace(interview.questions[0].id, interview.questions[1].id)
        assert coordinator.submit(f"{other}/captions", fields).status_code == 422
        assert kept() == []

    def test_uploads_that_were_never_saved_are_swept(self, coordinator: CheckingClient, address: str) -> None:
        send(coordinator, address)
        assert len(files()) == 1
        housekeeping.remove_orphans(clock.now() + timedelta(days=2))
        assert files() == []
