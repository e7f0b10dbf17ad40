"""An upload that can never be read as a recording is refused once, in the request that completes it."""

from __future__ import annotations

from io import BytesIO

import pytest
from sqlalchemy import select

from app import pipeline
from app.extensions import db
from app.media.facts import Refusal
from app.recording.models import Stage, StageRun, StageState, Take
from app.recording.processing import TakeState, state_of
from app.storage import StorageUnavailableError, get_storage
from tests.factories import make_uploaded_take
from tests.hostile_media import scripts
from tests.recording.candidate import RECORDING, Candidate, fresh

WORDS = "This is what I would have said.\n"


def hand_in(candidate: Candidate, content: bytes):  # type: ignore[no-untyped-def]
    address = f"/interview/questions/{candidate.questions[0]}/file"
    return candidate.client.submit(address, {"file": (BytesIO(content), "answer.webm")})


def stored() -> list[str]:
    return list(get_storage().list("parts"))


@pytest.mark.parametrize("name", ["ffconcat", "playlist", "picture", "archive", "text", "photograph", "zeros"])
def test_a_file_that_is_no_recording_is_refused_on_the_form_and_uses_no_take(
    candidate: Candidate, name: str, tmp_path: object
) -> None:
    victim = tmp_path / "victim.webm"  # type: ignore[operator]
    victim.write_bytes(RECORDING)
    response = hand_in(candidate, scripts(victim)[name])
    assert response.status_code == 422
    assert "Error: Send a file" in response.text
    assert (db.session.scalars(select(Take)).all(), stored()) == ([], [])


def test_an_upload_that_is_no_recording_has_failed_when_its_last_request_is_answered(candidate: Candidate) -> None:
    take = candidate.begin()
    candidate.send(take, WORDS.encode())
    assert candidate.stop(take, (1, len(WORDS))).status_code == 200
    assert state_of(fresh(take)) == TakeState.MEDIA_FAILED
    run = db.session.get_one(StageRun, (take.id, "assemble"))
    assert (run.problem, run.attempts, run.enqueued_at) == (Refusal.NOT_MEDIA, 1, None)
    db.session.rollback()
    assert not pipeline.run_stage(Stage.ASSEMBLE, take.id)


def test_an_upload_with_one_session_that_may_be_a_recording_is_left_to_the_worker(candidate: Candidate) -> None:
    take = candidate.begin()
    candidate.send(take, WORDS.encode())
    candidate.send(take, RECORDING, segment=2)
    candidate.stop(take, (1, len(WORDS)), (2, len(RECORDING)))
    assert state_of(fresh(take)) == TakeState.PREPARING


def test_the_first_bytes_are_looked_at_in_whatever_parts_they_came(app: object) -> None:
    take = make_uploaded_take(content=b"\x00\x00\x00\x18ftypisom" + bytes(5000), part=3)
    segments = pipeline.first_look.head_keys(db.session(), take.id)
    assert pipeline.first_look.obvious_refusal(get_storage(), segments) is None
    assert len(segments[0]) < 5012 / 3
    assert pipeline.first_look.obvious_refusal(get_storage(), [segments[0][4:]]) is Refusal.NOT_MEDIA


def test_while_storage_cannot_be_read_the_worker_decides(candidate: Candidate, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise StorageUnavailableError("disk")

    take = candidate.begin()
    candidate.send(take, WORDS.encode())
    monkeypatch.setattr(type(get_storage()), "stream", away)
    candidate.stop(take, (1, len(WORDS)))
    assert db.session.get_one(StageRun, (take.id, "assemble")).state == StageState.PENDING
