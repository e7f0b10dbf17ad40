"""A state machine of requests in any order: two browsers of a candidate, the sweeper and a reviewer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar

from bs4 import BeautifulSoup
from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from sqlalchemy import select, update

from app import clock, housekeeping
from app.accounts.models import StaffUser
from app.extensions import db
from app.interviews.models import Attempt
from app.recording.completion import coming_of
from app.recording.models import Answer, Take
from app.recording.question_status import task_list
from app.recording.viewing import note_viewing
from app.transaction import transaction
from tests.answer_factories import add_media
from tests.factories import make_attempt
from tests.recording.browsers import FATES, Browser, Network, Record, Session
from tests.recording.lacking import lack_of, stored

MUCH_LATER = timedelta(days=31)


def is_recording(machine: Orders) -> bool:
    """Return whether a browser is recording now."""
    return any(browser.current for browser in machine.browsers)


ACTS = ("part", "stop", "keep", "send", "part", "send as it is")
fates = st.sampled_from(FATES)
places = st.integers(0, 5)


class Orders(RuleBasedStateMachine):
    """A state machine: a candidate with a phone and a laptop, one question, the sweeper and a reviewer."""

    app: ClassVar[Flask]
    reviewer_id: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.attempt = make_attempt()
        self.attempt_id, question = self.attempt.id, self.attempt.interview.questions[0].id
        self.network = Network(self.app.test_client(), self.attempt)  # type: ignore[arg-type]
        self.browsers = [Browser(self.network, name, question) for name in ("phone", "laptop")]
        self.read = ""
        self.is_sent = self.was_seen = False

    def takes(self) -> list[Take]:
        db.session.rollback()
        query = select(Take).where(Take.attempt_id == self.attempt_id).order_by(Take.number)
        return list(db.session.scalars(query))

    def all_sessions(self) -> Iterator[tuple[Browser, Record, Session]]:
        for browser in self.browsers:
            for record in browser.records:
                for session in record.sessions:
                    yield browser, record, session

    @initialize(size=st.integers(1, 60))
    def begins_on_the_phone(self, size: int) -> None:
        self.begins(0, "answered", size)

    @precondition(lambda self: not all(browser.current for browser in self.browsers))
    @rule(at=st.sampled_from((0, 0, 1)), fate=fates, size=st.integers(0, 60))
    def begins(self, at: int, fate: str, size: int) -> None:
        """Press Start, or "Record again" after a stop."""
        browser = self.browsers[at]
        if browser.current is None:
            browser.start(fate)
            if browser.current is not None and size:
                browser.record(size)

    @precondition(is_recording)
    @rule(at=st.sampled_from((0, 0, 1)), size=st.integers(1, 60))
    def records(self, at: int, size: int) -> None:
        if self.browsers[at].current is not None:
            self.browsers[at].record(size)

    @rule(at=st.integers(0, 1), place=places, steps=st.integers(1, 4), fate=fates, size=st.integers(1, 40))
    def transfers(self, at: int, place: int, steps: int, fate: str, size: int) -> None:
        """Make up to `steps` requests of one upload. `fate` says what happens to the last of them."""
        browser = self.browsers[at]
        if browser.records:
            record = browser.records[-1 - place % len(browser.records)]
            for number in range(steps):
                browser.step(record, fate if number == steps - 1 else "answered", size)

    @rule(at=st.integers(0, 1), size=st.integers(10, 60), acts=st.permutations(ACTS), number=st.integers(2, len(ACTS)))
    def hurries(self, at: int, size: int, acts: list[str], number: int) -> None:
        """Record, then press Stop, Keep and Send in any order while parts of the recording are still uploading."""
        browser = self.browsers[at]
        self.begins(at, "answered", size)
        record = next((one for one in browser.records if browser.current in one.sessions), None)
        if record is None:
            return
        self.records(at, size)
        for act in acts[:number]:
            if act == "stop":
                self.stops(at)
            elif act == "keep":
                self.network.post("answered", f"/interview/takes/{record.take}/keep")
            elif act.startswith("send"):
                self.sends("answered", is_told=act == "send as it is")
            for _request in range(2):
                browser.step(record, "answered", 5)

    @precondition(is_recording)
    @rule(at=st.integers(0, 1))
    def stops(self, at: int) -> None:
        if self.browsers[at].current is not None:
            self.browsers[at].press_stop()

    @rule(place=places, fate=fates)
    def keeps(self, place: int, fate: str) -> None:
        if takes := [take for take in self.takes() if not take.removed_at]:
            self.network.post(fate, f"/interview/takes/{takes[place % len(takes)].id}/keep")
            self._look()

    @rule(at=st.integers(0, 1))
    def leaves_and_returns(self, at: int) -> None:
        self.browsers[at].reload()

    @rule(at=st.integers(0, 1), place=places, fate=fates, as_it_is=st.booleans())
    def returns_to_an_interrupted_take(self, at: int, place: int, fate: str, as_it_is: bool) -> None:
        browser, takes = self.browsers[at], self.takes()
        if as_it_is and browser.records:
            browser.keep_as_it_is(browser.records[place % len(browser.records)])
        elif takes and browser.current is None:
            browser.go_on(takes[place % len(takes)].id, fate)

    @precondition(lambda self: any(one.is_refused for *_, one in self.all_sessions()))
    @rule(at=st.integers(0, 1), fate=fates)
    def keeps_what_was_refused(self, at: int, fate: str) -> None:
        for record in list(self.browsers[at].records):
            self.browsers[at].recover(record, fate)

    @precondition(lambda self: self.network.late)
    @rule(place=places)
    def arrives_late(self, place: int) -> None:
        self.network.arrive(place)
        self._look()

    @rule(fate=fates, is_told=st.booleans())
    def sends(self, fate: str, is_told: bool) -> None:
        """Press Send, or "Send without waiting" on a page that says which seconds are missing."""
        said = {"unanswered": "1 2 3", **({"told": self.read} if is_told else {})}
        answer = self.network.post(fate, "/interview/submit", data=said)
        if answer is not None and answer.status_code == 409:
            told = BeautifulSoup(answer.text, "html.parser").find("input", attrs={"name": "told"})
            self.read = str(told["value"]) if told else ""
            if take := self._to_send():
                lack = lack_of(take, self._sessions())
                assert lack.is_in(self.read), f"{lack} is missing, and the page says {self.read!r}"
                assert not lack.is_exceeded_by(self.read), f"{lack} is missing, and the page says {self.read!r}"
        self._look()

    @rule(is_over=st.sampled_from((False, False, True)))
    def gives_up(self, is_over: bool) -> None:
        """Let the sweeper complete abandoned takes and, once the deadline has passed, send the answers."""
        if not self.takes():
            return
        if is_over:
            with transaction() as session:
                session.get_one(Attempt, self.attempt_id).deadline_at = clock.now() - timedelta(seconds=1)
        housekeeping.complete_abandoned(clock.now() + MUCH_LATER)
        db.session.rollback()
        self.is_sent = db.session.get_one(Attempt, self.attempt_id).submitted_at is not None

    @precondition(lambda self: self.is_sent and not self.was_seen)
    @rule()
    def a_reviewer_opens_it(self) -> None:
        for take in self.takes():
            answer = db.session.scalar(select(Answer).where(Answer.take_id == take.id))
            if answer and take.complete_at and not take.media:
                add_media(take.id)  # the worker has made the file in the meantime
            with transaction() as session:
                if answer:
                    note_viewing(session, session.get_one(StaffUser, self.reviewer_id), answer, now=clock.now())
                    self.was_seen = True

    @invariant()
    def what_was_acknowledged_is_there(self) -> None:
        takes = {take.id: take for take in self.takes()}
        for browser, record, session in self.all_sessions():
            if session.acknowledged and takes[record.take].removed_at is None:
                there = stored(session)
                assert len(there) >= session.acknowledged, f"{browser.name} was told {session.acknowledged}"
                assert session.content.startswith(there)

    @invariant()
    def what_was_begun_is_not_refused(self) -> None:
        """The server ends an upload early only if a reviewer was shown its end, or if the candidate sent another take."""
        for take in self.takes():
            assert take.id not in self.network.refused or take.removed_at or self.was_seen, f"take {take.number} is cut"

    @invariant()
    def nothing_is_called_whole_that_is_not(self) -> None:
        for take in self.takes():
            if not take.is_whole or take.complete_at is None or take.removed_at:
                continue
            theirs = [(record, one) for _, record, one in self.all_sessions() if record.take == take.id]
            own = [one for record, one in theirs if record.recorder == take.recorder and not one.is_refused]
            if len({record.recorder for record, _ in theirs}) == 1:
                assert all(stored(one) == one.content for one in own), f"take {take.number} is called whole"
                assert coming_of(take) is None

    def teardown(self) -> None:
        """Deliver all late requests, open every page again, keep every refused session as a take, and check that no
        byte is lost.
        """
        while self.network.late:
            self.arrives_late(0)
        self._deliver_all()
        self._check()
        if not self.is_sent:
            self.sends("answered", is_told=False)
            if not self.is_sent:
                self.sends("answered", is_told=True)
            assert self.is_sent or not any(stored(one) for *_, one in self.all_sessions())
            self._deliver_all()
            self._check()
        with transaction() as session:  # the sweeper of the next example must ignore these takes
            now = clock.now()
            session.execute(update(Take).where(Take.attempt_id == self.attempt_id).values(removed_at=now))

    def _deliver_all(self) -> None:
        for browser in self.browsers:
            for is_kept in (False, True):
                browser.reload()
                for record in list(browser.records):
                    while browser.step(record, "answered"):
                        pass
                    if is_kept:
                        browser.recover(record, "answered")
            for record in browser.records:
                while browser.step(record, "answered"):
                    pass

    def _check(self) -> None:
        self.what_was_acknowledged_is_there()
        self.what_was_begun_is_not_refused()
        self.nothing_is_called_whole_that_is_not()
        takes = {take.id: take for take in self.takes()}
        for browser, record, session in self.all_sessions():
            take = takes[record.take]
            if take.removed_at is not None or stored(session) == session.content:
                continue
            assert not record.is_forgotten, f"{browser.name} has deleted what is not there"
            assert session.is_refused, f"{browser.name} holds {len(session.content)} bytes that were never refused"
            is_answer = db.session.scalar(select(Answer).where(Answer.take_id == take.id)) is not None
            assert self.is_sent, f"{browser.name}: refused, and could not be kept before sending"
            if is_answer:
                assert self.was_seen or take.is_whole, f"{browser.name}: refused, and nobody was shown the end"

    def _look(self) -> None:
        """If the last request has sent the answers, check that the candidate was told about all missing seconds."""
        db.session.rollback()
        attempt = db.session.get_one(Attempt, self.attempt_id)
        if self.is_sent or attempt.submitted_at is None:
            return
        self.is_sent = True
        answer = db.session.scalars(select(Answer).where(Answer.attempt_id == self.attempt_id)).one()
        lack, told = lack_of(db.session.get_one(Take, answer.take_id), self._sessions()), self.network.told
        assert lack.is_in(told), f"{lack} is missing of what was sent, and the candidate was told {told!r}"

    def _to_send(self) -> Take | None:
        """Return the take that would be sent now."""
        db.session.rollback()
        return task_list(db.session(), db.session.get_one(Attempt, self.attempt_id))[0].to_send

    def _sessions(self) -> list[tuple[Record, Session]]:
        return [(record, session) for _browser, record, session in self.all_sessions()]
