"""A question can have a sign-language version and an audio-described version. The candidate chooses what to play."""

from __future__ import annotations

import pytest
from flask import Flask

from app import pipeline
from app.accounts.models import Role
from app.captions.models import QuestionMedia
from app.captions.question_versions import Choice, MediaRole, choice_in_force, choices
from app.extensions import db
from app.interviews.models import Interview
from tests.captions.question_media_forms import (
    CLIPS,
    HEVC,
    SHORT,
    SIGNED_HEVC,
    coming,
    fields_of,
    files,
    give,
    kept,
    send,
)
from tests.factories import make_attempt, make_interview, make_take, make_user, sign_in
from tests.media_factory import record
from tests.page_check import CheckingClient

SPOKEN_VIDEO = (CLIPS / "phone_level.mp4").read_bytes()


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A video without sound."""
    path = tmp_path_factory.mktemp("signed") / "signed.webm"
    record(path, "silent.webm", seconds=2)
    return path.read_bytes()


@pytest.fixture
def every_version(coordinator: CheckingClient, address: str, signed: bytes) -> CheckingClient:
    """The client of a coordinator who has added all three versions to a question."""
    assert give(coordinator, address).status_code == 303
    assert give(coordinator, f"{address}/sign", signed, None).status_code == 303
    assert give(coordinator, f"{address}/described").status_code == 303
    return coordinator


@pytest.fixture
def candidate(app: Flask, interview: Interview) -> CheckingClient:
    """The client of a candidate of the interview."""
    client = app.test_client()
    assert isinstance(client, CheckingClient)
    with client.session_transaction() as session:
        session["attempt"] = make_attempt(interview).id
    return client


def roles() -> list[str]:
    """Return the roles of all saved media."""
    return sorted(media.role for media in kept())


def players(client: CheckingClient, question: str) -> list[str]:
    """Return the addresses of the players on a candidate's page."""
    return [
        str(each["src"]) for each in client.page(f"/interview/questions/{question}").select(".question-media video")
    ]


class TestChoosing:
    """Pure rules: the ways to play a question, and the one in force."""

    @pytest.mark.parametrize(
        ("roles", "expected"),
        [
            ([], []),
            (["main"], ["main"]),
            (["sign"], ["sign"]),
            (["sign", "main"], ["main", "sign", "beside"]),
            (["described", "main"], ["main", "described"]),
            (["main", "sign", "described"], ["main", "sign", "beside", "described"]),
        ],
    )
    def test_ways_to_play_depend_on_the_versions(self, roles: list[str], expected: list[str]) -> None:
        assert choices(roles) == expected

    @pytest.mark.parametrize(
        ("chosen", "roles", "expected"),
        [
            (None, [], None),
            (None, ["main", "sign"], "main"),
            ("sign", ["main", "sign"], "sign"),
            ("sign", ["main"], "main"),
            ("beside", ["sign"], "sign"),
            ("described", ["main", "sign"], "main"),
            (7, ["main"], "main"),
        ],
    )
    def test_choice_holds_where_there_is_such_a_version(
        self, chosen: object, roles: list[str], expected: str | None
    ) -> None:
        assert choice_in_force(chosen, choices(roles)) == expected


def test_candidate_plays_the_version_they_chose_and_it_is_remembered(
    every_version: CheckingClient, candidate: CheckingClient, interview: Interview
) -> None:
    question = interview.questions[0].id
    here = f"/prompts/{question}"
    assert players(candidate, question) == [f"{here}/media"]
    for choice, shown in {
        Choice.SIGN: [f"{here}/sign/media"],
        Choice.BESIDE: [f"{here}/media", f"{here}/sign/media"],
        Choice.DESCRIBED: [f"{here}/described/media"],
    }.items():
        answer = candidate.submit(f"/interview/questions/{question}/version", {"version": choice})
        assert (answer.status_code, answer.location) == (303, f"/interview/questions/{question}#version-{choice}")
        assert players(candidate, question) == shown
        page = candidate.page(f"/interview/questions/{question}")
        pressed = [each.get_text(strip=True) for each in page.select("[name=version][aria-pressed=true]")]
        assert len(pressed) == 1
        assert [each.status_code for address in shown for each in [candidate.get(address, buffered=True)]] == [
            200
        ] * len(shown)


def test_a_question_with_one_version_offers_no_choice(
    coordinator: CheckingClient, candidate: CheckingClient, address: str, interview: Interview, signed: bytes
) -> None:
    question = interview.questions[0].id
    give(coordinator, f"{address}/sign", signed, None)
    page = candidate.page(f"/interview/questions/{question}")
    assert page.select("[name=version]") == []
    assert [player["aria-label"] for player in page.select(".question-media video")] == [
        "The question in sign language"
    ]


@pytest.mark.parametrize("version", ["", "other", "main "])
def test_an_unknown_version_cannot_be_chosen(candidate: CheckingClient, interview: Interview, version: str) -> None:
    address = f"/interview/questions/{interview.questions[0].id}/version"
    assert candidate.submit(address, {"version": version}).status_code == 422


def test_a_version_of_another_interview_is_not_found(
    every_version: CheckingClient, app: Flask, interview: Interview
) -> None:
    stranger = app.test_client()
    assert isinstance(stranger, CheckingClient)
    with stranger.session_transaction() as session:
        session["attempt"] = make_attempt(make_interview()).id
    question = interview.questions[0].id
    assert stranger.get(f"/prompts/{question}/sign/media").status_code == 404
    assert stranger.get(f"/prompts/{question}/described/captions.vtt").status_code == 404
    assert stranger.submit(f"/interview/questions/{question}/version", {"version": "sign"}).status_code == 404
    reviewer = app.test_client()
    sign_in(reviewer, make_user(Role.REVIEWER))
    assert reviewer.get(f"/prompts/{question}/sign/media").status_code == 403
    assert every_version.get(f"/prompts/{question}/other/media").status_code == 404


def test_sound_of_every_version_needs_captions(coordinator: CheckingClient, address: str) -> None:
    for version in ("", "/sign", "/described"):
        assert give(coordinator, f"{address}{version}", SPOKEN_VIDEO, None).status_code == 422
    assert (kept(), files()) == ([], [])


def test_signing_needs_a_picture_and_a_description_needs_sound(
    coordinator: CheckingClient, address: str, signed: bytes
) -> None:
    answer = give(coordinator, f"{address}/sign")
    assert (answer.status_code, "There is no picture in this file" in answer.text) == (422, True)
    answer = give(coordinator, f"{address}/described", signed, None)
    assert (answer.status_code, "There is no sound in this file" in answer.text) == (422, True)
    assert (kept(), files()) == ([], [])


def test_each_version_is_replaced_and_removed_by_itself(
    every_version: CheckingClient, address: str, signed: bytes
) -> None:
    before = {media.role: media.key for media in kept()}
    give(every_version, f"{address}/sign", signed, None)
    after = {media.role: media.key for media in kept()}
    assert [role for role in before if before[role] != after[role]] == ["sign"]
    assert every_version.submit(f"{address}/remove").status_code == 303
    assert roles() == ["described", "sign"]
    assert every_version.submit(f"{address}/described/remove").status_code == 303
    assert sorted(files()) == [after["sign"]]


def test_staff_are_told_to_check_the_other_versions_when_they_replace_the_main_one(
    every_version: CheckingClient, address: str
) -> None:
    assert "Check the other versions too" in every_version.page(address).text
    for version in ("/sign", "/described"):
        assert "Check the other versions too" not in every_version.page(f"{address}{version}").text
    every_version.submit(f"{address}/sign/remove")
    warning = every_version.page(address).select_one(".notice--warning")
    assert warning
    assert [link.text for link in warning.select("a")] == ["Audio-described version"]
    every_version.submit(f"{address}/described/remove")
    assert "Check the other versions too" not in every_version.page(address).text


def test_all_versions_are_deleted_with_the_question(every_version: CheckingClient, address: str) -> None:
    assert len(files()) == 3
    assert every_version.submit(address.replace("/prompt", "/remove")).status_code == 303
    assert (kept(), files()) == ([], [])


def test_no_version_changes_after_the_first_answer(
    every_version: CheckingClient, address: str, interview: Interview, signed: bytes
) -> None:
    make_take(make_attempt(interview), interview.questions[0])
    before = sorted(files())
    assert give(every_version, f"{address}/sign", signed, None).status_code == 409
    assert every_version.submit(f"{address}/described/remove").status_code == 409
    assert sorted(files()) == before
    assert every_version.page(f"{address}/sign").select_one("input[type=file]") is None


def test_an_upload_for_one_version_is_not_saved_as_another(coordinator: CheckingClient, address: str) -> None:
    fields = {**fields_of(send(coordinator, f"{address}/described")), "do": "save"}
    assert coordinator.submit(f"{address}/captions", fields).status_code == 422
    assert kept() == []
    assert coordinator.submit(f"{address}/described/captions", fields).status_code == 303
    assert roles() == ["described"]


def test_the_worker_converts_a_version_into_its_own_place(
    coordinator: CheckingClient, address: str, interview: Interview
) -> None:
    give(coordinator, address, HEVC, SHORT)
    give(coordinator, f"{address}/sign", SIGNED_HEVC, None)
    assert "is being prepared" in coordinator.page(f"{address}/sign").get_text()
    assert [each.name for each in [coordinator.page(f"/manage/interviews/{interview.id}").select_one("h1")] if each]
    while pipeline.encode_next():
        pass
    assert coming() is None
    assert [(media.role, media.has_audio) for media in sorted(kept(), key=lambda each: each.role)] == [
        ("main", True), ("sign", False),
    ]  # fmt: skip
    db.session.rollback()
    assert db.session.get(QuestionMedia, (interview.questions[0].id, MediaRole.SIGN)) is not None


def test_the_page_of_the_main_version_says_which_others_there_are(
    coordinator: CheckingClient, address: str, signed: bytes
) -> None:
    give(coordinator, f"{address}/sign", signed, None)
    lines = [line.get_text(" ", strip=True) for line in coordinator.page(address).select("#versions ~ ul li")]
    assert lines == ["Sign-language version (added)", "Audio-described version (none)"]
