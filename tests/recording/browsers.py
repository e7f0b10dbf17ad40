"""Simulated browsers: the bytes that each browser has stored, and requests that arrive late, twice, or without a
response.

The steps are those of static/js/recorder (take_upload.js, segment_upload.js): one request at a time, and after a
failure the browser asks for the offset. The browser keeps bytes that the server refuses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from app.extensions import db
from app.ids import new_id
from app.interviews.models import Attempt
from tests.factories import enter
from tests.page_check import CheckingClient
from tests.recording.candidate import RECORDING
from tests.recording.uploading import PART_TYPE, VERSION, checksum, coded

FATES = ("answered", "answered", "answered", "unanswered", "delayed", "twice")
"""The possible fates of a request. A delayed request arrives long after its page has stopped waiting."""
MS_PER_BYTE = 100
TOO_MANY_CONFLICTS = 5


@dataclass
class Network:
    """Delivers the requests of one candidate's browsers. `late` contains requests that were sent but have not arrived."""

    client: CheckingClient
    attempt: Attempt
    late: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    told: str = ""
    """The missing seconds that the candidate was told about, according to the latest Send request that arrived."""
    refused: list[str] = field(default_factory=list)
    """Ids of takes for which the server refused more bytes of a started upload."""

    def __post_init__(self) -> None:
        """Sign the candidate in on these browsers."""
        enter(self.client, self.attempt)
        self.token = self.client.form_token()

    def carry(self, fate: str, method: str, path: str, **content: Any) -> TestResponse | None:
        """Deliver a request. Return the response, or None if the browser does not get it."""
        if fate == "delayed":
            self.late.append((method, path, content))
            return None
        response = self._deliver(method, path, content)
        if fate == "twice":
            self._deliver(method, path, content)
        return None if fate == "unanswered" else response

    def arrive(self, place: int) -> None:
        """Deliver one of the late requests."""
        self._deliver(*self.late.pop(place % len(self.late)))

    def post(self, fate: str, path: str, **content: Any) -> TestResponse | None:
        """POST JSON (`json`) or a form (`data`), as a page does."""
        return self.carry(fate, "POST", path, headers={"X-CSRFToken": self.token}, **content)

    def _deliver(self, method: str, path: str, content: dict[str, Any]) -> TestResponse:
        db.session.rollback()
        if path == "/interview/submit":
            self.told = str(content["data"].get("told", ""))
        response = self.client.open(path, method=method, check=False, **content)
        assert response.status_code < 500, f"{method} {path}: {response.status_code} {response.text}"
        return response


@dataclass
class Session:
    """One session of a recorder: the bytes that the browser has stored, and the state of their upload as it knows it."""

    number: int
    name: str = field(default_factory=new_id)
    content: bytes = b""
    url: str | None = None
    offset: int | None = None
    acknowledged: int = 0
    conflicts: int = 0
    is_ended: bool = False
    is_refused: bool = False
    is_done: bool = False


@dataclass
class Record:
    """A take as one browser knows it."""

    take: str
    recorder: str
    sessions: list[Session] = field(default_factory=list)
    stop: str | None = None
    is_stop_sent: bool = False
    is_forgotten: bool = False

    def refused(self) -> list[Session]:
        """Return the sessions that the server refused. The browser offers them to the person."""
        return [one for one in self.sessions if one.is_refused and one.content]

    def report(self) -> dict[str, Any]:
        """Return the stop report for the server: the number, size and length of each segment."""
        own = [one for one in self.sessions if one.content and not one.is_refused]
        segments = [
            {"segment": one.number, "bytes": len(one.content), "recorded_ms": MS_PER_BYTE * len(one.content)}
            for one in own
        ]
        recorded = sum(len(one.content) for one in self.sessions) * MS_PER_BYTE
        reason = "kept" if self.refused() else self.stop
        return {"recorded_ms": recorded, "reason": reason, "segments": segments, "recorder": self.recorder}


class Browser:
    """A device of the candidate. `current` is the session that is being recorded."""

    def __init__(self, network: Network, name: str, question: str):
        self.network, self.name, self.question = network, name, question
        self.records: list[Record] = []
        self.current: Session | None = None
        self.recorder, self._count = f"{name}-0", 0

    def start(self, fate: str) -> None:
        """Press Start, or "Record again"."""
        said = {"kind": "video", "recorder": self.recorder}
        self._open_session(self.network.post(fate, f"/interview/questions/{self.question}/takes", json=said))

    def go_on(self, take: str, fate: str) -> None:
        """Continue an interrupted take that this or another device began."""
        known = next((one for one in self.records if one.take == take and not one.is_forgotten), None)
        if known and known.stop:
            return
        recorder = known.recorder if known else self.recorder
        self._open_session(
            self.network.post(fate, f"/interview/takes/{take}/continue", json={"recorder": recorder}), recorder
        )

    def record(self, size: int) -> None:
        """Store `size` more bytes, as the recorder does."""
        assert self.current
        self._count += 1
        begins = b"" if self.current.content else RECORDING
        self.current.content += begins + f"{self.name}{self._count}:".encode().ljust(size, b".")[:size]

    def press_stop(self) -> None:
        """Press Stop. The browser stores this, and a later step reports it to the server."""
        record = next(one for one in self.records if self.current in one.sessions)
        record.stop = "stopped"
        self._close()
        self._count += 1
        self.recorder = f"{self.name}-{self._count}"  # the next take has another recorder, even if the server does not know this take

    def keep_as_it_is(self, record: Record) -> None:
        """Choose to keep an interrupted take without continuing it."""
        if self.current not in record.sessions:
            record.stop = record.stop or "kept"

    def reload(self) -> None:
        """Reload the page. The recorder gets a new name, and refused sessions are uploaded again."""
        self._close()
        self._count += 1
        self.recorder = f"{self.name}-{self._count}"
        for record in self.records:
            for one in record.sessions:
                one.is_ended, one.is_refused, one.offset, one.conflicts = True, False, None, 0

    def recover(self, record: Record, fate: str) -> None:
        """Keep the refused sessions as another take."""
        held = record.refused()
        if not held or self.current in held:
            return  # nothing is offered while the recorder runs
        address = f"/interview/takes/{record.take}/recover"
        response = self.network.post(fate, address, json={"recorder": held[0].name})
        if response is None or response.status_code not in (200, 201):
            return
        assert response.json
        moved = [Session(place, one.name, one.content, is_ended=True) for place, one in enumerate(held, start=1)]
        record.sessions = [one for one in record.sessions if one not in held]
        self.records.append(Record(response.json["take_id"], held[0].name, moved, stop=record.stop or "kept"))

    def step(self, record: Record, fate: str, size: int = 10**9) -> bool:
        """Make the next request for a take, with at most `size` bytes. Return False if no request is left to make."""
        if record.is_forgotten:
            return False
        open_ones = [one for one in record.sessions if one.content and not one.is_done and not one.is_refused]
        unnamed = next((one for one in open_ones if one.url is None), None)
        if record.stop and not record.is_stop_sent and unnamed is None:
            address = f"/interview/takes/{record.take}/stop"
            answer = self.network.post(fate, address, json=record.report())
            record.is_stop_sent = answer is not None
            return True
        session = unnamed or next((one for one in open_ones if self._has_work(one)), None)
        if session is None:
            record.is_forgotten = record.is_stop_sent and not record.refused()
            return False
        self.bring_further(record, session, fate, size)
        return True

    def bring_further(self, record: Record, session: Session, fate: str, size: int = 10**9) -> None:
        """Make the next request for one session of a take, with at most `size` bytes."""
        if session.url is None:
            return self._create(record, session, fate)
        if session.offset is None:
            return self._ask(record, session, fate)
        body = session.content[session.offset : session.offset + size]
        end = session.offset + len(body)
        headers = {**VERSION, "Content-Type": PART_TYPE, "Upload-Offset": str(session.offset)}
        headers |= {"Upload-Checksum": checksum(body), "Fairtake-Recorded-Ms": str(MS_PER_BYTE * end)}
        is_last = session.is_ended and end == len(session.content)
        if is_last:
            headers["Upload-Length"] = str(end)
        answer = self.network.carry(fate, "PATCH", session.url, data=body, headers=headers)
        session.offset = None
        if answer is not None and answer.status_code == 204:
            session.offset = session.acknowledged = end
            session.is_done = is_last
        elif answer is not None:
            self._refused(record, session, answer.status_code)
        return None

    def _create(self, record: Record, session: Session, fate: str) -> None:
        named = {"take": record.take, "segment": str(session.number), "session": session.name}
        named["recorder"] = record.recorder
        header = ",".join(f"{key} {coded(value)}" for key, value in named.items())
        headers = {**VERSION, "Upload-Defer-Length": "1", "Upload-Metadata": header}
        answer = self.network.carry(fate, "POST", "/uploads/", headers=headers)
        if answer is not None and answer.status_code == 201:
            session.url, session.number = answer.headers["Location"], int(answer.headers["Fairtake-Segment"])
        elif answer is not None:
            session.is_refused = True

    def _ask(self, record: Record, session: Session, fate: str) -> None:
        answer = self.network.carry(fate, "HEAD", str(session.url), headers=VERSION)
        if answer is not None and answer.status_code == 200:
            session.offset = session.acknowledged = int(answer.headers["Upload-Offset"])
            is_finished = answer.headers.get("Upload-Length") == answer.headers["Upload-Offset"]
            session.is_done = is_finished and session.offset >= len(session.content)
        elif answer is not None:
            self._refused(record, session, answer.status_code)

    def _refused(self, record: Record, session: Session, status: int) -> None:
        session.conflicts += status == 409
        session.is_refused = status != 409 or session.conflicts > TOO_MANY_CONFLICTS
        if session.is_refused:
            self.network.refused.append(record.take)

    def _has_work(self, session: Session) -> bool:
        return session.is_ended or session.offset is None or session.offset < len(session.content)

    def _open_session(self, answer: TestResponse | None, recorder: str | None = None) -> None:
        if answer is None or answer.status_code not in (200, 201):
            return
        assert answer.json
        take = answer.json["take_id"]
        record = next((one for one in self.records if one.take == take and not one.is_forgotten), None)
        if record is None:
            record = Record(take, recorder or self.recorder)
            self.records.append(record)
        self.current = Session(1 + max((one.number for one in record.sessions), default=0))
        record.sessions.append(self.current)

    def _close(self) -> None:
        if self.current is not None:
            self.current.is_ended, self.current = True, None
