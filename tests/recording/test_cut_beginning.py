"""A candidate cuts the beginning of a recording. Nobody else gets it, the whole recording is kept, and it can be undone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app import clock, pipeline
from app.audit import Actor, AuditEvent
from app.captions.services import newest_by_model
from app.extensions import db
from app.interviews.models import Attempt
from app.media import sandbox
from app.media.facts import MediaRefusedError, Refusal
from app.recording import abandoned, processing, trimming
from app.recording import pipeline as media_pipeline
from app.recording.models import Media, Stage, StageRun, Take, UntrimmedMedia
from app.recording.processing import TakeState, state_of
from app.recording.services import remove_take
from app.storage import get_storage
from app.transaction import transaction
from tests.factories import NOON, make_uploaded_take
from tests.media_factory import packets, record
from tests.page_check import CheckingClient
from tests.recording import cutting
from tests.recording.candidate import Candidate, actions_on, fresh
from tests.recording.cutting import SECONDS, cut, media_of, played, processed, run
from tests.review.desk_pages import counted_queries
from tests.stages import stored_keys

sound, browser = cutting.sound, cutting.browser


def test_cut_recording_is_played_without_its_beginning_and_the_whole_is_kept(
    browser: CheckingClient, attempt: Attempt, sound: bytes, tmp_path: Path
) -> None:
    take = processed(attempt, sound)
    whole = played(browser, take)
    response = cut(browser, take, 1500)
    assert response.status_code == 303
    assert response.location.endswith(f"/interview/questions/{take.question_id}#take-{take.id}")
    assert state_of(fresh(take)) == TakeState.PREPARING
    assert browser.get(f"/media/{take.id}").status_code == 404
    assert run(take) == TakeState.CAPTIONED
    left = played(browser, take)
    (tmp_path / "left.webm").write_bytes(left)
    (tmp_path / "whole.webm").write_bytes(whole)
    kept = packets(tmp_path / "left.webm")["audio"]
    assert kept == packets(tmp_path / "whole.webm")["audio"][-len(kept) :]
    assert media_of(take).duration_ms == pytest.approx((SECONDS - 1.5) * 1000, abs=100)
    assert fresh(take).measured_ms == media_of(take).duration_ms
    assert played(browser, take, "whole") == whole
    assert fresh(take).is_whole


def test_undo_brings_the_whole_recording_back_at_once_and_deletes_the_other_files(
    browser: CheckingClient, attempt: Attempt, sound: bytes
) -> None:
    take = processed(attempt, sound)
    whole, keys = played(browser, take), stored_keys()
    cut(browser, take, 1500)
    run(take)
    assert cut(browser, take, 0).status_code == 303
    assert state_of(fresh(take)) == TakeState.CAPTIONED
    assert played(browser, take) == whole
    assert stored_keys() == keys
    assert db.session.scalar(select(UntrimmedMedia)) is None
    assert fresh(take).measured_ms == media_of(take).duration_ms


def test_undo_before_the_worker_has_cut_anything(browser: CheckingClient, attempt: Attempt, sound: bytes) -> None:
    take = processed(attempt, sound)
    whole, keys = played(browser, take), stored_keys()
    cut(browser, take, 1500)
    cut(browser, take, 0)
    run(take)
    assert (played(browser, take), stored_keys()) == (whole, keys)


def test_second_cut_counts_from_the_whole_recording(browser: CheckingClient, attempt: Attempt, sound: bytes) -> None:
    take = processed(attempt, sound)
    for trim_ms in (2000, 500, 1000):
        cut(browser, take, trim_ms)
        run(take)
        assert media_of(take).duration_ms == pytest.approx(SECONDS * 1000 - trim_ms, abs=100)
    assert len(stored_keys()) == 2  # the whole file and the last cut one


def test_cut_cannot_be_changed_without_end_but_undone(
    browser: CheckingClient, attempt: Attempt, sound: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trimming, "MAX_CHANGES", 2)
    take = processed(attempt, sound)
    for trim_ms, status in ((2000, 303), (500, 303), (500, 303), (1000, 409), (0, 303), (1000, 409)):
        response = cut(browser, take, trim_ms)
        assert response.status_code == status
    assert "too often" in response.text
    assert fresh(take).trim_ms is None


def test_second_cut_while_the_worker_makes_the_first(
    browser: CheckingClient, attempt: Attempt, sound: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = processed(attempt, sound)
    cut(browser, take, 2000)
    real = media_pipeline.assembly.assemble

    def assemble(*arguments: Any, **more: Any) -> object:
        made = real(*arguments, **more)
        monkeypatch.setattr(media_pipeline.assembly, "assemble", real)
        cut(browser, take, 500)
        return made

    monkeypatch.setattr(media_pipeline.assembly, "assemble", assemble)
    run(take)
    assert db.session.scalar(select(Media)) is None
    run(take)
    assert media_of(take).duration_ms == pytest.approx(SECONDS * 1000 - 500, abs=100)
    assert len(stored_keys()) == 2


def test_cut_before_the_recording_has_arrived(candidate: Candidate, sound: bytes) -> None:
    take = candidate.begin()
    address = candidate.begin_segment(take)
    assert candidate.tus.patch(address, 0, sound[:1000]).status_code == 204
    assert cut(candidate.client, take, 1000).status_code == 303
    candidate.tus.patch(address, 1000, sound[1000:])
    assert candidate.stop(take, (1, len(sound))).status_code == 200
    assert run(take) == TakeState.CAPTIONED
    assert media_of(take).duration_ms == pytest.approx((SECONDS - 1) * 1000, abs=100)
    assert db.session.scalars(select(UntrimmedMedia)).one().duration_ms == pytest.approx(SECONDS * 1000, abs=100)
    assert list(get_storage().list("uploads")) == []


def test_cut_while_the_first_file_is_being_made(
    browser: CheckingClient, attempt: Attempt, sound: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = make_uploaded_take(content=sound, attempt=attempt, kind="audio", closed_at=NOON)
    with transaction() as session:
        processing.add_stage(session, take.id, Stage.ASSEMBLE, now=clock.now())
    real = media_pipeline.assembly.assemble

    def assemble(*arguments: Any, **more: Any) -> object:
        monkeypatch.setattr(media_pipeline.assembly, "assemble", real)
        made = real(*arguments, **more)
        cut(browser, take, 1000)
        return made

    monkeypatch.setattr(media_pipeline.assembly, "assemble", assemble)
    assert run(take) == TakeState.CAPTIONED
    assert media_of(take).duration_ms == pytest.approx((SECONDS - 1) * 1000, abs=100)


def test_cut_longer_than_a_recording_of_unknown_length_leaves_half_a_second(
    browser: CheckingClient, attempt: Attempt, sound: bytes
) -> None:
    take = make_uploaded_take(content=sound, attempt=attempt, kind="audio", closed_at=NOON)
    with transaction() as session:
        session.get_one(Take, take.id).recorded_ms = None
        processing.add_stage(session, take.id, Stage.ASSEMBLE, now=clock.now())
    assert cut(browser, take, 10_000).status_code == 303
    assert run(take) == TakeState.CAPTIONED
    assert media_of(take).duration_ms == pytest.approx(500, abs=100)


def test_more_bytes_after_the_cut_are_in_the_recording_and_its_beginning_is_still_cut(
    candidate: Candidate, sound: bytes
) -> None:
    take = candidate.begin()
    candidate.send(take, sound, ended=False)
    with transaction() as session:
        abandoned.complete_as_it_is(
            session, session.get_one(Take, take.id), actor=Actor("system", "test"), now=clock.now()
        )
    run(take)
    cut(candidate.client, take, 1000)
    run(take)
    tag = tag_of_whole(candidate.client, take)
    candidate.send(take, sound, segment=2)
    candidate.stop(take, (1, len(sound)), (2, len(sound)))
    assert run(take) == TakeState.CAPTIONED
    assert media_of(take).duration_ms == pytest.approx((2 * SECONDS - 1) * 1000, abs=200)
    assert tag_of_whole(candidate.client, take) != tag, "a player would mix the two files"
    cut(candidate.client, take, 0)
    assert run(take) == TakeState.CAPTIONED
    assert media_of(take).duration_ms == pytest.approx(2 * SECONDS * 1000, abs=200)
    assert captions_made_at(take) >= media_of(take).created_at, "the captions put back lack what arrived after the cut"


def tag_of_whole(client: CheckingClient, take: Take) -> str:
    with client.get(f"/interview/takes/{take.id}/whole") as response:
        return response.headers["ETag"]


def captions_made_at(take: Take) -> datetime:
    newest = newest_by_model(db.session(), take.id)
    assert newest is not None
    return newest.created_at


def test_film_is_encoded_so_that_it_begins_at_the_cut(
    browser: CheckingClient, attempt: Attempt, tmp_path: Path
) -> None:
    film = record(tmp_path / "vp8.webm", seconds=SECONDS, size=(176, 144)).read_bytes()
    take = processed(attempt, film)
    cut(browser, take, 1500)
    pipeline.run_stage(str(Stage.ASSEMBLE), take.id)
    assert state_of(fresh(take)) == TakeState.ENCODING
    assert "The beginning is being cut" in browser.get(f"/interview/questions/{take.question_id}").text
    assert run(take) == TakeState.CAPTIONED
    media = media_of(take)
    assert (media.has_video, media.has_audio, media.original_keys) == (True, True, [])
    assert media.duration_ms == pytest.approx((SECONDS - 1.5) * 1000, abs=100)


def test_film_that_cannot_be_encoded_still_loses_its_beginning(
    browser: CheckingClient, attempt: Attempt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = processed(attempt, record(tmp_path / "vp8.webm", seconds=SECONDS, size=(176, 144)).read_bytes())
    cut(browser, take, 1500)
    real = media_pipeline.assembly.assemble

    def assemble(*arguments: Any, way: sandbox.Preparation, **more: Any) -> object:
        if way is sandbox.Preparation.ENCODE:
            raise MediaRefusedError(Refusal.TIMEOUT, "too slow")
        return real(*arguments, way=way, **more)

    monkeypatch.setattr(media_pipeline.assembly, "assemble", assemble)
    assert run(take) == TakeState.CAPTIONED
    assert media_of(take).duration_ms == pytest.approx((SECONDS - 1.5) * 1000, abs=100)


def test_cut_uses_no_retake_and_is_in_the_log(browser: CheckingClient, attempt: Attempt, sound: bytes) -> None:
    take = processed(attempt, sound)
    before = browser.get(f"/interview/questions/{take.question_id}").text
    for trim_ms in (1500, 1500, 0, 0):  # the second press of each changes nothing
        cut(browser, take, trim_ms)
    events = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "take trimmed").order_by(AuditEvent.number)
    )
    assert [event.details for event in events] == [{"number": 1, "trim_ms": 1500}, {"number": 1, "trim_ms": None}]
    assert actions_on(take.id).count("take started") <= 1
    after = browser.get(f"/interview/questions/{take.question_id}").text
    left = "You can record this answer 2 more times."
    assert (left in before) == (left in after)


def test_cut_is_possible_after_the_deadline_until_the_answers_are_sent(
    browser: CheckingClient, attempt: Attempt, sound: bytes
) -> None:
    take = processed(attempt, sound)
    with transaction() as session:
        session.get_one(Attempt, attempt.id).invitation.expires_at = clock.now()
    assert cut(browser, take, 500).status_code == 303


def test_new_recording_has_no_cut(candidate: Candidate) -> None:
    first = candidate.record()
    with transaction() as session:
        session.get_one(Take, first.id).recorded_ms = 5000
    cut(candidate.client, first, 500)
    assert candidate.record().trim_ms is None
    assert fresh(first).trim_ms == 500


def test_removing_a_take_deletes_the_whole_recording_too(
    browser: CheckingClient, attempt: Attempt, sound: bytes
) -> None:
    take = processed(attempt, sound)
    cut(browser, take, 1000)
    run(take)
    with transaction() as session:
        keys = remove_take(
            session, session.get_one(Take, take.id), why="retention", actor=Actor("system", "retention"), now=NOON
        )
    assert sorted(keys) == sorted(stored_keys())
    assert db.session.scalar(select(UntrimmedMedia)) is None


def test_whole_file_of_a_cut_take_is_not_swept(browser: CheckingClient, attempt: Attempt, sound: bytes) -> None:
    take = processed(attempt, sound)
    cut(browser, take, 1000)
    run(take)
    assert abandoned.media_without_rows(db.session(), stored_keys()) == []


def test_sweep_reads_the_leases_and_then_all_files_of_takes_in_one_statement(
    browser: CheckingClient, attempt: Attempt, sound: bytes
) -> None:
    """A stage may end between two statements on PostgreSQL, and a file may move from one table to the other."""
    take = processed(attempt, sound)
    cut(browser, take, 1000)
    run(take)
    with counted_queries() as statements:
        abandoned.media_without_rows(db.session(), stored_keys())
    leases, files = (each for each in statements if "take_id" in each)
    assert "stage_run" in leases
    assert "untrimmed_media" in files
    assert " media" in files


def test_stages_of_a_cut_take_are_enqueued(
    browser: CheckingClient, attempt: Attempt, sound: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = processed(attempt, sound)
    calls: list[tuple[str, str]] = []
    monkeypatch.setattr(pipeline, "enqueue", lambda stage, take_id: calls.append((str(stage), take_id)))
    cut(browser, take, 1000)
    assert calls == [("assemble", take.id)]
    cut(browser, take, 0)
    assert calls == [("assemble", take.id), ("index", take.id)]
    with transaction() as session:
        assert session.get_one(StageRun, (take.id, "transcribe")).state == "done"
