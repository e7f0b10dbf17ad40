"""Question media whose encoding fails: lost workers, refused files, lost pictures or sound, and files left behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app import clock, housekeeping, pipeline
from app.captions import question_media_encoding, question_media_pipeline
from app.captions.models import QuestionMediaEncoding
from app.captions.question_media_orphans import orphaned_files
from app.captions.question_versions import MediaPlace
from app.extensions import db
from app.interviews.models import Interview, Question
from app.media.facts import MediaRefusedError, Refusal
from app.recording.leases import MAX_ATTEMPTS
from app.storage import get_storage
from app.transaction import transaction
from tests.captions.question_media_forms import (
    HEVC,
    SHORT,
    SIGNED_HEVC,
    files,
    give,
    kept,
)
from tests.lost_commits import losing_an_answer
from tests.page_check import CheckingClient
from tests.review.desk_pages import counted_queries


def test_encoding_is_retried_after_a_lost_worker_and_given_up_after_three(
    given: CheckingClient, address: str, interview: Interview
) -> None:
    question = interview.questions[0].id
    for hours in range(MAX_ATTEMPTS, 1, -1):
        with transaction() as session:
            before = clock.now() - timedelta(hours=hours)
            assert question_media_encoding.claim(session, MediaPlace(question), 0, now=before)
    with transaction() as session:
        assert question_media_encoding.claim(session, MediaPlace(question), 0, now=clock.now())
    assert not pipeline.encode_next(), "somebody has it"
    with transaction() as session:
        session.scalars(select(QuestionMediaEncoding)).one().lease_until = clock.now() - timedelta(seconds=1)
    assert not pipeline.encode_next()
    assert "Something went wrong here while this file was converted." in given.page(address).get_text()


def test_worker_that_lost_its_lease_publishes_nothing(
    given: CheckingClient, interview: Interview, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    def take_over() -> None:
        with transaction() as session:
            session.scalars(select(QuestionMediaEncoding)).one().lease_until = clock.now() - timedelta(seconds=1)
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


def test_published_film_stays_if_the_reply_to_its_commit_is_lost(
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


def test_encoding_is_retried_a_minute_after_a_machine_error(
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
        session.scalars(select(QuestionMediaEncoding)).one().updated_at = clock.now() - timedelta(minutes=2)
    assert pipeline.encode_next()
    assert len(kept()) == 1


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


def test_the_sweep_reads_the_waiting_encodings_first(given: CheckingClient) -> None:
    """An encoding may end between two statements on PostgreSQL. Its file then belongs to the media of the question."""
    with counted_queries() as statements:
        assert list(orphaned_files(db.session(), get_storage(), now=clock.now() + timedelta(days=2))) == []
    assert ["prompt_encoding" in each for each in statements if "prompt_" in each] == [True, False]
