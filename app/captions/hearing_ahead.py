"""Hear answers while they are recorded, so that little remains to be heard after Stop.

The worker follows a few takes at a time. A confined child process decodes the parts of each as they arrive, and the
windows whose sound is complete are heard while no finished recording waits. Only what the model makes of them is kept
(`heard_windows`). The stage that makes the captions looks it up by a digest of the samples, so nothing that happens here
can change the captions: a killed worker, another device or lost words only cost time.

A take is followed under the lease of its stage HEAR_AHEAD. The row of the stage is deleted when the take is complete or
removed, which ends the work.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from app import clock, temporary
from app.captions import heard_windows
from app.captions.model_choice import settings_in_use
from app.captions.speech.ahead import HearingAhead
from app.captions.speech.heard import HeardWindows
from app.captions.speech.sound import SampleFile
from app.captions.speech.transcriber import SpeechModelMissingError, get_transcriber
from app.captions.take_sound import languages_of, vocabulary_of
from app.config import current_config
from app.extensions import db
from app.heartbeat import Heartbeat
from app.media.listening import DeafError, ListeningChild
from app.recording import fair_order, processing
from app.recording.assembly import limits_of
from app.recording.completion import lock_take
from app.recording.leases import LEASE, LeaseLostError
from app.recording.models import Stage, StageRun, StageState, Take, TakeKind, Upload, UploadPart
from app.recording.processing import Claim
from app.storage import get_storage
from app.transaction import end_reading, retried, transaction

MAX_FOLLOWED = 4
"""How many takes one worker follows at a time. Each has a child process."""
FIRST_MS = 45_000
"""Recorded time from which a take is followed. Shorter answers are heard quickly after Stop."""
IDLE = timedelta(minutes=15)
"""How long a take without new parts is followed, for example while the candidate pauses."""
LATELY = timedelta(minutes=1)
"""A take is being recorded if a part has arrived within this time."""
NOT_FOLLOWED = "not followed"
log = logging.getLogger("fairtake.pipeline")


class Follower:
    """Follows the takes that are being recorded. One for each worker process, used by one thread."""

    def __init__(self) -> None:
        self._followed: dict[str, _FollowedTake] = {}

    def step(self) -> bool:
        """Give the new parts to the children, and hear one group of windows if nothing finished waits.

        Returns whether something was heard.
        """
        now = clock.now()
        self._begin(now)
        heard = False
        for take_id, each in list(self._followed.items()):
            try:
                each.renew(now)
                each.listen(now)
                if not heard and not fair_order.is_something_finished_waiting(db.session()):
                    with Heartbeat(self._renew_all):
                        heard = each.hear()
            except LeaseLostError:
                self._end(take_id)
            except (DeafError, SpeechModelMissingError, OSError) as problem:
                log.info("not heard ahead: take=%s reason=%s", take_id, type(problem).__name__)
                self._end(take_id, is_final=True)
            except BaseException:
                self._end(take_id)
                raise
        end_reading()
        return heard

    def close(self) -> None:
        """Stop following."""
        for take_id in list(self._followed):
            self._end(take_id, is_final=False)

    def _renew_all(self, session: Session, *, now: datetime) -> None:
        """Extend all leases, while one take is heard. A lost lease is noticed in the next step."""
        for each in list(self._followed.values()):
            with suppress(LeaseLostError):
                each.renew_lease(session, now=now)

    def _begin(self, now: datetime) -> None:
        room = MAX_FOLLOWED - len(self._followed)
        found = _to_follow(db.session(), now, MAX_FOLLOWED) if room else []
        end_reading()
        for take_id in [each for each in found if each not in self._followed][:room]:
            with transaction() as session:
                processing.add_stage(session, take_id, Stage.HEAR_AHEAD, now=now)
                lease = processing.claim_stage(session, take_id, Stage.HEAR_AHEAD, now=now)
            if lease:
                self._followed[take_id] = _FollowedTake(Claim(take_id, Stage.HEAR_AHEAD, lease), now)

    def _end(self, take_id: str, *, is_final: bool | None = None) -> None:
        """Stop following a take. If it is given, `is_final` tells whether it must not be followed again."""
        followed = self._followed.pop(take_id)
        followed.close()
        if is_final is not None:
            with suppress(LeaseLostError):
                followed.release(is_final=is_final)


class HeardAhead:
    """What was heard of a take so far, until its captions are made."""

    def __init__(self, take_id: str):
        self._take_id = take_id

    def get(self, key: str) -> HeardWindows | None:
        """Return a group of windows, or None if it has not been heard."""
        found = heard_windows.find(db.session(), self._take_id, key)
        end_reading()
        return found

    @retried
    def put(self, key: str, heard: HeardWindows) -> None:
        """Keep a group of windows, unless the take has been removed or has captions by now."""
        with transaction() as session:
            take = lock_take(session, self._take_id)
            if (
                take is not None
                and take.removed_at is None
                and not processing.is_done(session, take.id, Stage.TRANSCRIBE)
            ):
                heard_windows.keep(session, take.id, key, heard, now=clock.now())


class _FollowedTake:
    """A take that is being recorded, the child process that decodes it, and what was heard of it."""

    def __init__(self, claim: Claim, now: datetime):
        self._claim = claim
        self._upload_id, self._fed = "", 0
        self._active_at = self._renewed_at = now
        self._child: ListeningChild | None = None
        self._hearing: HearingAhead | None = None
        self._opened = ExitStack()

    def renew(self, now: datetime) -> None:
        """Keep the take. Raises LeaseLostError if it is complete or removed, or another process follows it."""
        if now - self._renewed_at >= LEASE / 4:
            self._renewed_at = now
            with transaction() as session:
                self.renew_lease(session, now=now)

    def renew_lease(self, session: Session, *, now: datetime) -> None:
        """Extend the lease. Raises LeaseLostError as `renew` does."""
        claim = self._claim
        processing.renew_lease(session, claim.take_id, claim.stage, claim.lease, now=now)

    def listen(self, now: datetime) -> None:
        """Give the parts that have arrived to the child. Raises DeafError if the take cannot be followed any more."""
        for upload_id, part in self._new_parts():
            if self._child is None:
                self._open(upload_id)
            if upload_id != self._upload_id:  # another session continues the take
                raise DeafError
            self._active_at = now
            if self._child:
                for piece in get_storage().stream(part):
                    self._child.feed(piece)
        if now - self._active_at > IDLE or (self._child and not self._child.is_alive):
            raise DeafError

    def hear(self) -> bool:
        """Hear the next group of windows. Returns False if none is complete."""
        if self._child is None or self._hearing is None or not self._child.audio.exists():
            return False
        self._hearing.grow(SampleFile(self._child.audio))
        return self._hearing.hear()

    def close(self) -> None:
        """End the child and delete what it decoded."""
        self._opened.close()

    def release(self, *, is_final: bool) -> None:
        """Let the take go. Raises LeaseLostError if it is complete or removed."""
        claim, now = self._claim, clock.now()
        with transaction() as session:
            if is_final:
                processing.fail_stage(session, claim, NOT_FOLLOWED, now=now, retry=False)
            else:
                processing.put_back(session, claim, claim.lane, now=now)

    def _open(self, upload_id: str) -> None:
        config, take_id = current_config(), self._claim.take_id
        limits, languages = limits_of(db.session(), take_id), languages_of(db.session(), take_id)
        vocabulary = [*vocabulary_of(db.session(), take_id), config.organisation]
        end_reading()
        self._upload_id = upload_id
        transcriber = get_transcriber(settings_in_use(config))
        self._hearing = HearingAhead(transcriber, languages, HeardAhead(take_id), vocabulary=vocabulary)
        folder = self._opened.enter_context(temporary.workspace(take_id))
        self._child = ListeningChild(folder, limits, config.upload_limit)
        self._opened.callback(self._child.close)

    def _new_parts(self) -> Iterator[tuple[str, str]]:
        """Return (upload, storage key) of each part that has not been given to the child, in order."""
        query = (
            select(UploadPart.upload_id, UploadPart.key, UploadPart.start, UploadPart.size)
            .join(Upload, Upload.id == UploadPart.upload_id)
            .where(Upload.take_id == self._claim.take_id, Upload.terminated_at.is_(None))
            .order_by(Upload.segment, UploadPart.start)
        )
        rows = list(db.session.execute(query))
        end_reading()
        for upload_id, key, start, size in rows:
            if upload_id == self._upload_id and start < self._fed:
                continue
            yield upload_id, key
            self._fed = start + size


def _to_follow(session: Session, now: datetime, most: int) -> list[str]:
    """Return the ids of takes that are being recorded and that no worker follows, the oldest first."""
    followed = exists().where(
        StageRun.take_id == Take.id,
        StageRun.stage == str(Stage.HEAR_AHEAD),
        or_(
            StageRun.state == str(StageState.FAILED),
            and_(StageRun.state == str(StageState.RUNNING), StageRun.lease_until >= now),
        ),
    )
    query = (
        select(Take.id)
        .join(Upload, Upload.take_id == Take.id)
        .where(
            Take.complete_at.is_(None), Take.removed_at.is_(None), Take.stopped_at.is_(None),
            Take.kind != str(TakeKind.SIGNED), Upload.terminated_at.is_(None), Upload.length.is_(None),
            Upload.segment == 1, Upload.active_at >= now - LATELY, Upload.recorded_ms >= FIRST_MS, ~followed,
        )
        .order_by(Take.started_at)
        .limit(most)
    )  # fmt: skip
    return list(session.scalars(query))
