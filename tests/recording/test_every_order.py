"""No stored byte is lost in any order in which the requests about one take can reach the server: every order is tried.

The requests are those of a candidate who has recorded: Stop, two parts, Keep, Send, a retake, and leaving and
returning. `make test` tries every order of the first five requests. With FAIRTAKE_TEST_EXAMPLES, every order of all
seven is tried.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from itertools import permutations

import pytest
from flask import Flask

from app.accounts.models import Role
from app.recording import services
from tests.factories import enter, make_user
from tests.recording.test_order_machine import Orders, closing_choice

IS_LONG = bool(os.environ.get("FAIRTAKE_TEST_EXAMPLES"))
PART_BYTES = 30
MORE_BYTES = 20
"""Bytes that follow the first bytes of a file in the recording. Together they are between one part and two parts."""


class Requests(Orders):
    """One candidate with one take, recorded on a phone. The test chooses the order in which requests arrive."""

    def __init__(self, *, is_stopped: bool) -> None:
        super().__init__()
        self.phone = self.browsers[0]
        self.begins_on_the_phone(MORE_BYTES)
        self.take = self.phone.records[0]
        self.phone.step(self.take, "answered")  # creates the upload
        if is_stopped:
            self.phone.press_stop()

    def stop(self) -> None:
        if self.take.stop is None and self.phone.current is not None:
            self.phone.press_stop()
        elif self.take.stop is None:  # after a reload, the page only offers "Keep it as it is"
            self.phone.keep_as_it_is(self.take)
        self.network.post("answered", f"/interview/takes/{self.take.take}/stop", json=self.take.report())
        self.take.is_stop_sent = True

    def part(self) -> None:
        session = self.take.sessions[0]
        if session.offset is None:
            self.phone.bring_further(self.take, session, "answered")  # asks for the offset
        if session.offset is not None and session.offset < len(session.content):
            self.phone.bring_further(self.take, session, "answered", PART_BYTES)

    def keep(self) -> None:
        self.network.post("answered", f"/interview/takes/{self.take.take}/keep")
        self._look()

    def submit(self) -> None:
        self.sends("answered", is_told=False)

    def retake(self) -> None:
        self.begins(0, "answered", 10)
        if self.phone.current is not None:
            self.phone.press_stop()

    def leave_and_return(self) -> None:
        self.network.post("answered", "/interview/leave")
        enter(self.network.client, self.attempt)
        self.network.token = self.network.client.form_token()
        self.phone.reload()

    def check(self) -> None:
        """Check the same conditions as the state machine after each step."""
        self.what_was_acknowledged_is_there()
        self.what_was_begun_is_not_refused()
        self.nothing_is_called_whole_that_is_not()


REQUESTS: Mapping[str, Callable[[Requests], None]] = {
    "stop": Requests.stop,
    "part 1": Requests.part,
    "part 2": Requests.part,
    "keep": Requests.keep,
    "submit": Requests.submit,
    "retake": Requests.retake,
    "leave and return": Requests.leave_and_return,
}
SHORT = ("stop", "part 1", "part 2", "keep", "submit")


def orders(names: tuple[str, ...], *, is_stopped: bool) -> Iterator[tuple[str, ...]]:
    """Return every order of these requests that browsers can produce.

    The recorder sends part 2 after the response to part 1. It begins another take only after Stop was pressed, and
    `is_stopped` says whether this was before all these requests, or with the stop report.
    """
    for order in permutations(names):
        is_possible = is_stopped or "retake" not in order or order.index("stop") < order.index("retake")
        if order.index("part 1") < order.index("part 2") and is_possible:
            yield order


def run(app: Flask, names: tuple[str, ...], *, is_stopped: bool) -> int:
    """Try every order. Return the number of orders. Raises AssertionError for the first order that loses something."""
    machine = type("EveryOrder", (Requests,), {"app": app, "reviewer_id": make_user(Role.REVIEWER).id})
    count = 0
    for order in orders(names, is_stopped=is_stopped):
        made = machine(is_stopped=is_stopped)
        try:
            for name in order:
                REQUESTS[name](made)
                made.check()
            made.teardown()
        except AssertionError as problem:
            raise AssertionError(f"{', '.join(order)}: {problem}") from problem
        count += 1
    return count


@pytest.mark.timeout(7200 if IS_LONG else 300)
@pytest.mark.parametrize("is_stopped", [True, False])
def test_no_order_of_the_requests_loses_a_stored_byte(app: Flask, is_stopped: bool) -> None:
    names = tuple(REQUESTS) if IS_LONG else SHORT
    count = run(app, names, is_stopped=is_stopped)
    print(f"{count} orders of {', '.join(names)}")
    assert (
        count == {(True, True): 2520, (True, False): 1260, (False, True): 60, (False, False): 60}[IS_LONG, is_stopped]
    )


def test_a_planted_fault_is_found_in_some_order(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "choose", closing_choice)
    with pytest.raises(AssertionError, match="keep"):
        run(app, SHORT, is_stopped=True)
