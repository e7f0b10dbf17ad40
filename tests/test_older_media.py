"""Files from before the encoding stage are checked once, encoded if needed, and can be played until then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from app import clock, housekeeping, older_media, pipeline
from app.accounts.models import Role
from app.batches import SetAside
from app.captions import question_media_pipeline
from app.captions.models import CaptionTrack, QuestionMedia, QuestionMediaEncoding
from app.extensions import db
from app.interviews.models import Question
from app.media.facts import MediaRefusedError, Refusal
from app.recording import assembly, processing
from app.recording.models import Answer, Media, Stage, StageRun, StageState, Take
from app.recording.processing import TakeState, state_of
from app.storage import get_storage
from app.transaction import transaction
from tests.answer_factories import add_media, make_captioned_answer
from tests.captions.question_media_forms import SIGNED_HEVC, give
from tests.factories import ANSWER, NOON, make_attempt, make_interview, make_take, make_user, sign_in
from tests.lost_commits import losing_an_answer
from tests.page_check import CheckingClient
from tests.recording.candidate import Candidate

pytestmark = pytest.mark.usefixtures("app")
CLIPS = Path(__file__).parent / "clips"
HEVC = CLIPS / "hevc.mov"


def older_answer(recording: Path = HEVC, **facts: Any) -> str:
    """Make an answer with captions whose file is older than the encoding stage. Return the id of the take."""
    attempt = make_attempt(make_interview(reviewers=[make_user(Role.REVIEWER)]), submitted_at=NOON)
    answer = make_captioned_answer("We sailed out", attempt=attempt, recording=recording)
    with transaction() as session:
        session.execute(update(Media).values(has_audio=True, has_video=True, **facts))
    return str(answer.take_id)


def refusing(code: Refusal) -> Callable[..., None]:
    """Return a replacement for `prepare_media` that refuses every file with this code."""

    def refuse(*_: Any, **_more: Any) -> None:
        raise MediaRefusedError(code, "no")

    return refuse


def media_of(take_id: str) -> Media:
    db.session.rollback()
    return db.session.scalars(select(Media).where(Media.take_id == take_id)).one()


def stored() -> set[str]:
    return set(get_storage().list("takes"))


def stage_of(take_id: str) -> StageRun | None:
    db.session.rollback()
    return db.session.get(StageRun, (take_id, str(Stage.REENCODE)))


def test_older_answer_in_hevc_is_encoded_and_keeps_original_and_captions(app: Flask) -> None:
    take_id = older_answer()
    before_id, before_key = media_of(take_id).id, media_of(take_id).key
    assert older_media.inspect_some(clock.now()) == 1
    found = media_of(take_id)
    assert (found.codecs, found.plays_everywhere) == ("hevc, aac", False)
    assert state_of(db.session.get_one(Take, take_id)) == TakeState.CAPTIONED, "it can be watched meanwhile"
    assert pipeline.encode_next()
    after = media_of(take_id)
    assert (after.codecs, after.content_type, after.plays_everywhere) == ("vp9, opus", "video/webm", True)
    assert after.original_keys == [before_key]
    assert after.id != before_id
    assert stored() == set(after.keys)
    assert after.audio_key is None
    assert db.session.query(CaptionTrack).count() == 1
    assert older_media.inspect_some(clock.now()) == 0
    assert not pipeline.encode_next()
    later = clock.now() + timedelta(hours=1)
    assert processing.stalled_stages(db.session(), now=later, model_is_present=True) == []
    housekeeping.remove_orphans(later)
    assert stored() == set(after.keys)


def test_older_file_that_plays_everywhere_is_checked_once_and_not_encoded() -> None:
    take_id = older_answer(ANSWER)
    assert older_media.inspect_some(clock.now()) == 1
    found = media_of(take_id)
    assert (found.plays_everywhere, stage_of(take_id)) == (True, None)
    assert found.codecs
    assert older_media.inspect_some(clock.now()) == 0


def test_older_file_that_failed_to_encode_is_not_tried_again() -> None:
    take_id = older_answer(plays_everywhere=False)
    older_media.inspect_some(clock.now())
    assert (media_of(take_id).codecs, stage_of(take_id)) == ("hevc, aac", None)


def test_unreadable_older_file_does_not_change_and_missing_file_delays_no_other() -> None:
    missing, broken, good = older_answer(), make_take().id, make_take().id
    get_storage().delete(media_of(missing).key)
    add_media(broken)
    add_media(good, HEVC)
    assert older_media.inspect_some(clock.now()) == 2
    assert (media_of(broken).codecs, media_of(broken).plays_everywhere) == ("unknown", True)
    assert media_of(good).codecs == "hevc, aac"
    assert media_of(missing).codecs is None
    assert [row.subject for row in db.session.query(SetAside)] == [missing]
    assert older_media.inspect_some(clock.now()) == 0


@pytest.mark.parametrize("code", [Refusal.TIMEOUT, Refusal.DAMAGED])
def test_older_file_that_cannot_be_encoded_can_still_be_watched(monkeypatch: pytest.MonkeyPatch, code: Refusal) -> None:
    take_id = older_answer()
    older_media.inspect_some(clock.now())
    before = (media_of(take_id).id, media_of(take_id).key)

    monkeypatch.setattr(assembly, "prepare_media", refusing(code))
    assert pipeline.encode_next()
    after = media_of(take_id)
    assert (after.id, after.key, after.plays_everywhere) == (*before, False)
    assert state_of(db.session.get_one(Take, take_id)) == TakeState.CAPTIONED
    assert stored() == set(after.keys)


def test_answer_removed_during_encoding_leaves_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    take_id = older_answer()
    older_media.inspect_some(clock.now())
    real = assembly.prepare_media

    def prepare(*arguments: Any, **more: Any) -> object:
        made = real(*arguments, **more)
        key = media_of(take_id).key
        with transaction() as session:
            session.delete(session.scalars(select(Media).where(Media.take_id == take_id)).one())
        get_storage().delete(key)
        return made

    monkeypatch.setattr(assembly, "prepare_media", prepare)
    pipeline.encode_next()
    assert stored() == set()


def test_encoded_file_stays_if_the_reply_to_its_commit_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    take_id = older_answer()
    older_media.inspect_some(clock.now())
    real = assembly.prepare_media
    with losing_an_answer() as lose:

        def prepare(*arguments: Any, **more: Any) -> object:
            made = real(*arguments, **more)
            lose()
            return made

        monkeypatch.setattr(assembly, "prepare_media", prepare)
        with pytest.raises(OperationalError):
            pipeline.encode_next()
    after = media_of(take_id)
    assert after.original_keys, "it was replaced"
    assert stored() == set(after.keys)


def test_older_files_are_encoded_after_new_ones_and_only_in_the_last_lane() -> None:
    take_id = older_answer()
    older_media.inspect_some(clock.now())
    assert not pipeline.encode_next(0)
    assert not pipeline.encode_next(1)
    assert pipeline.encode_next()
    run = stage_of(take_id)
    assert run
    assert run.state == StageState.DONE


def test_reviewer_and_candidate_see_that_an_older_file_is_being_converted(client: CheckingClient) -> None:
    take_id = older_answer()
    older_media.inspect_some(clock.now())
    db.session.rollback()
    answer = db.session.get_one(Take, take_id)
    interview = answer.attempt.interview
    sign_in(client, interview.reviewers[0])
    answer_id = db.session.scalar(select(Answer.id).where(Answer.take_id == take_id))
    shown = client.page(f"/review/answers/{answer_id}")
    assert "It is being converted to a format that every browser plays." in shown.get_text()
    assert shown.select_one("#recording")


def older_film(question: Question) -> str:
    """Give a question an HEVC video of an older version. Return its storage key."""
    key = f"prompts/{question.id}/prompt.mp4"
    get_storage().put(key, HEVC.read_bytes())
    film = {"key": key, "content_type": "video/mp4", "size": 1, "duration_ms": 1000, "captions": "WEBVTT\n"}
    with transaction() as session:
        session.add(QuestionMedia(question_id=question.id, has_video=True, has_audio=True, made_at=NOON, **film))
    return key


def test_older_video_of_an_answered_question_is_encoded() -> None:
    interview = make_interview()
    question = interview.questions[0]
    key = older_film(question)
    make_take(make_attempt(interview), question)
    assert older_media.inspect_some(clock.now()) == 1
    assert db.session.query(QuestionMediaEncoding).one().is_shown
    assert pipeline.encode_next()
    db.session.rollback()
    after = db.session.query(QuestionMedia).one()
    assert (after.codecs, after.content_type, after.original_keys, after.captions) == (
        "vp9, opus", "video/webm", [key], "WEBVTT\n",
    )  # fmt: skip
    assert set(get_storage().list("prompts")) == set(after.keys)
    assert db.session.query(QuestionMediaEncoding).count() == 0
    assert older_media.inspect_some(clock.now()) == 0


@pytest.mark.parametrize("is_looked_at", [True, False])
@pytest.mark.parametrize("has_failed", [True, False])
def test_an_older_film_is_encoded_after_all_when_the_newer_one_is_removed(
    client: CheckingClient, monkeypatch: pytest.MonkeyPatch, is_looked_at: bool, has_failed: bool
) -> None:
    interview = make_interview()
    question = interview.questions[0]
    sign_in(client, make_user(Role.COORDINATOR))
    key, address = older_film(question), f"/manage/interviews/{interview.id}/questions/{question.id}/prompt"
    if is_looked_at:
        assert older_media.inspect_some(clock.now()) == 1
    assert give(client, address, SIGNED_HEVC, None).status_code == 303
    assert older_media.inspect_some(clock.now()) == 0, "the newer one may take its place"
    if has_failed:
        with monkeypatch.context() as patch:
            patch.setattr(question_media_pipeline, "prepare_media", refusing(Refusal.DAMAGED))
            assert pipeline.encode_next()
        assert older_media.inspect_some(clock.now()) == 0
    assert client.submit(f"{address}/coming/remove").status_code == 303
    assert older_media.inspect_some(clock.now()) == 1
    assert "converted" in client.page(address).get_text()
    assert pipeline.encode_next()
    db.session.rollback()
    after = db.session.query(QuestionMedia).one()
    assert (after.codecs, after.original_keys, after.captions) == ("vp9, opus", [key], "WEBVTT\n")
    assert set(get_storage().list("prompts")) == set(after.keys)


def test_older_answer_is_encoded_while_its_candidate_records_and_removes_others(
    client: CheckingClient,
) -> None:
    older = older_answer()
    with transaction() as session:
        session.get_one(Take, older).attempt.submitted_at = None
    candidate = Candidate(client, db.session.get_one(Take, older).attempt)
    older_media.inspect_some(clock.now())
    newer = candidate.record()
    assert candidate.keep(newer).status_code == 303
    removed = candidate.begin()
    assert candidate.stop(removed, (1, 0)).status_code == 200
    assert candidate.keep(db.session.get_one(Take, older)).status_code == 303
    run = stage_of(older)
    assert run
    assert run.state == StageState.PENDING
    assert pipeline.encode_next()
    assert (media_of(older).codecs, media_of(older).plays_everywhere) == ("vp9, opus", True)
