"""Grants, takes, pauses, reloads and key presses in any order: limits follow the rules, and no bytes are lost."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from app.accommodations import services as accommodations
from app.accommodations.models import Source
from app.accommodations.rules import Given, Kind, Limits, limits_given, limits_in_force, with_more_time
from app.audit import Actor
from app.errors import ConflictError
from app.extensions import db
from app.ids import new_id
from app.interviews.models import Attempt
from app.recording import services
from app.recording.completion import bytes_of
from app.recording.models import Take, TakeKind
from app.recording.more_time import seconds_in_force, take_more_time
from app.recording.recorder_reports import SegmentReport, StopReport
from app.recording.rules import OVER_ITS_LIMIT_MS
from app.recording.upload import tus, uploads
from app.recording.upload.incoming import Received, StoredPart
from app.transaction import transaction
from tests.factories import NOON, make_attempt

STANDARD = Limits(120, 60, 2)
UPLOADS = uploads.UploadLimits(limit=10**9, expiry=timedelta(days=30))
COORDINATOR = Actor("system", "test")


@dataclass
class Session:
    """One session of the recorder: its upload, and the bytes it has sent."""

    upload_id: str
    bytes: int = 0
    recorded_ms: int = 0


@dataclass
class Running:
    """The expected state of a take: its original limits, the grants since it began, and the bytes sent."""

    id: str
    began: Limits
    during: list[Given]
    presses: int = 0
    sessions: list[Session] = field(default_factory=list)
    is_stopped: bool = False

    @property
    def bytes(self) -> int:
        return sum(session.bytes for session in self.sessions)

    @property
    def recorded_ms(self) -> int:
        """Return the recorded time. Pauses and waiting do not count."""
        return sum(session.recorded_ms for session in self.sessions)

    @property
    def seconds(self) -> int | None:
        """Return the time limit in seconds that follows from the rules."""
        longest = limits_in_force(self.began, [limits_given(STANDARD, self.during)]).recording_seconds
        return with_more_time(longest, presses=self.presses, standard_seconds=STANDARD.recording_seconds)


class AnyOrder(RuleBasedStateMachine):
    """A state machine: one candidate with one question, a coordinator who grants accommodations, and a clock."""

    def __init__(self) -> None:
        super().__init__()
        self.attempt_id = make_attempt().id
        self.held: list[tuple[str, Given]] = []
        self.time = NOON
        self.takes: list[Running] = []

    @property
    def running(self) -> Running | None:
        return next((take for take in self.takes if not take.is_stopped), None)

    def is_running(self) -> bool:
        return self.running is not None

    def is_sending(self) -> bool:
        return self.running is not None and bool(self.running.sessions)

    def tick(self) -> datetime:
        self.time += timedelta(minutes=1)
        return self.time

    @rule(given=st.sampled_from([*(Given(Kind.RECORDING_TIME, part) for part in (125, 150, 300, None)),
                                 Given(Kind.RETAKES, 1), Given(Kind.RETAKES, None)]))  # fmt: skip
    def is_given(self, given: Given) -> None:
        with transaction() as session:
            attempt = session.get_one(Attempt, self.attempt_id)
            made = accommodations.give(
                session, attempt, given, source=Source.DECISION, actor=COORDINATOR, now=self.tick()
            )
            assert (made is None) == any(had.covers(given) for _id, had in self.held)
            if made is not None:
                self.held.append((made.id, given))
                if self.running:
                    self.running.during.append(given)

    @precondition(lambda self: self.held)
    @rule(place=st.integers(0, 5))
    def gives_back(self, place: int) -> None:
        grant_id, _given = self.held.pop(place % len(self.held))
        with transaction() as session:
            attempt = session.get_one(Attempt, self.attempt_id)
            accommodations.give_back(session, attempt, grant_id, now=self.tick())

    @precondition(lambda self: not self.is_running())
    @rule()
    def begins(self) -> None:
        now_in_force = limits_given(STANDARD, [given for _id, given in self.held])
        has_one_left = now_in_force.retakes is None or len(self.takes) <= now_in_force.retakes
        try:
            with transaction() as session:
                attempt = session.get_one(Attempt, self.attempt_id)
                question = attempt.interview.questions[0].id
                made = services.start_take(session, attempt, question, TakeKind.AUDIO, now=self.tick()).take
                assert Limits.from_snapshot(made.limits) == now_in_force
                self.takes.append(Running(made.id, now_in_force, [given for _id, given in self.held]))
        except ConflictError:
            assert not has_one_left
        else:
            assert has_one_left

    @precondition(is_running)
    @rule()
    def records_from_here(self) -> None:
        """Open the page, or open it again after a crash. Its recorder begins another part of the take."""
        take = self.running
        assert take
        header = f"take {b64encode(take.id.encode()).decode()}"
        is_past = take.seconds is not None and take.recorded_ms > 1000 * take.seconds + OVER_ITS_LIMIT_MS
        try:
            with transaction() as session:
                asked = tus.Creation(None, header, {"take": take.id})
                upload = uploads.create_upload(session, self.attempt_id, asked, UPLOADS, now=self.tick())
                take.sessions.append(Session(upload.id))
        except ConflictError:
            assert is_past
        else:
            assert not is_past

    @precondition(is_sending)
    @rule(size=st.integers(1, 1000), recorded_ms=st.integers(0, 200_000))
    def sends(self, size: int, recorded_ms: int) -> None:
        """Send bytes. All are accepted, even if the recording is already longer than its limit."""
        take = self.running
        assert take
        self._send(take, size, recorded_ms)

    @precondition(is_running)
    @rule(minutes=st.integers(1, 24 * 60))
    def pauses(self, minutes: int) -> None:
        self.time += timedelta(minutes=minutes)

    @precondition(is_running)
    @rule()
    def presses_more_time(self) -> None:
        take = self.running
        assert take
        has_more = take.presses < 10 and take.seconds is not None
        try:
            with transaction() as session:
                take_more_time(session, self.attempt_id, take.id, now=self.tick())
        except ConflictError:
            assert not has_more
        else:
            assert has_more
            take.presses += 1

    @precondition(lambda self: self.is_sending() and self.running.bytes)
    @rule(late=st.integers(0, 1000))
    def stops(self, late: int) -> None:
        """Stop the take. Bytes that are still being uploaded arrive afterwards."""
        take = self.running
        assert take
        last = take.sessions[-1]
        segments = tuple(
            SegmentReport(place, session.bytes + (late if session is last else 0), session.recorded_ms)
            for place, session in enumerate(take.sessions)
        )
        with transaction() as session:
            report = StopReport(take.recorded_ms, False, segments)
            services.stop_take(session, self.attempt_id, take.id, report, now=self.tick())
        take.is_stopped = True
        if late:
            self._send(take, late, 0)

    def _send(self, take: Running, size: int, recorded_ms: int) -> None:
        here = take.sessions[-1]
        counted = here.recorded_ms + recorded_ms
        part = tus.PartHeaders(offset=here.bytes, size=size, length=None, checksum=None, recorded_ms=counted)
        received = Received((StoredPart(here.bytes, size, "0" * 64, new_id()),))
        with transaction() as session:
            done = uploads.accept_part(
                session, self.attempt_id, here.upload_id, part, received, UPLOADS, now=self.tick()
            )
        here.bytes, here.recorded_ms = here.bytes + size, counted
        assert done.offset == here.bytes

    @invariant()
    def limits_are_what_the_rules_make_of_it(self) -> None:
        db.session.rollback()
        for take in self.takes:
            assert seconds_in_force(db.session(), db.session.get_one(Take, take.id)) == take.seconds

    @invariant()
    def every_byte_is_kept(self) -> None:
        for take in self.takes:
            assert bytes_of(db.session.get_one(Take, take.id)) == take.bytes


def test_in_any_order_limits_are_the_rules_applied_and_no_byte_is_lost(app: object) -> None:
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=checks),
    )


def test_time_that_passes_without_recording_is_no_time_of_a_take(app: object) -> None:
    machine = AnyOrder()
    machine.begins()
    machine.records_from_here()
    machine.pauses(minutes=23 * 60)
    machine.sends(10, 119_000)
    machine.pauses(minutes=23 * 60)
    machine.records_from_here()
    machine.sends(10, 61_000)
    machine.every_byte_is_kept()
    assert len(machine.takes[0].sessions) == 2


@pytest.mark.parametrize(("over_ms", "sessions"), [(OVER_ITS_LIMIT_MS, 2), (OVER_ITS_LIMIT_MS + 1, 1)])
def test_a_take_that_is_far_over_its_limit_begins_no_other_part(app: object, over_ms: int, sessions: int) -> None:
    machine = AnyOrder()
    machine.begins()
    machine.records_from_here()
    machine.sends(10, 120_000 + over_ms)
    machine.records_from_here()
    machine.every_byte_is_kept()
    assert len(machine.takes[0].sessions) == sessions
