"""`flask --app wsgi seed-demo`: create a demo interview with the same services as a real one."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import click
from flask import Blueprint
from sqlalchemy.orm import Session

from app import clock, pipeline
from app.accommodations import services as accommodations
from app.accommodations.rules import Given, Kind
from app.accounts.models import Role, StaffUser
from app.accounts.services import create_user, find_user
from app.audit import Actor
from app.captions.model_choice import STAND_IN_WARNING, model_in_use
from app.captions.speech.models import SYNTHETIC_VOICES
from app.config import PROJECT_ROOT, current_config
from app.extensions import db
from app.ids import new_id
from app.interviews import invitation_services, manage_services
from app.interviews import services as interviews
from app.interviews.manage_services import InterviewDetails, QuestionDetails
from app.interviews.models import Attempt, Interview
from app.recording import processing
from app.recording import services as recording
from app.recording.models import TakeKind
from app.recording.upload import incoming
from app.sealing import get_sealer
from app.storage import get_storage
from app.transaction import transaction

blueprint = Blueprint("demo", __name__, cli_group=None)
FOLDER = PROJECT_ROOT / "demo"
SYSTEM = Actor("system", "seed-demo")
STAFF = {
    Role.REVIEWER: ("reviewer@example.org", "Noor Haddad"),
    Role.COORDINATOR: ("coordinator@example.org", "Sam Whitlock"),
    Role.COMPLIANCE: ("compliance@example.org", "Inés Duarte"),
}
OPEN_TO = ("Alex Marsh", "alex.marsh@example.org")
WAITING = ("Robin Vale", "robin.vale@example.org")
HOW_TO_GET_A_REAL_ONE = (
    "For a real model, start the demo with a network. Or run: .venv/bin/flask --app wsgi model fetch base --from PATH"
)
WISH = "I use a switch. Could I have the questions a day before, please?"


@blueprint.cli.command("seed-demo")
def seed_demo() -> None:
    """Create the demo's interview, people and answers if they do not exist yet."""
    now = clock.now()
    if find_user(db.session(), STAFF[Role.REVIEWER][0]):
        click.echo("The data of the demo already exists. Nothing was changed.")
    else:
        attempt_id = _seed(json.loads((FOLDER / "demo.json").read_text()), now)
        _make_captions(attempt_id)
    _write_welcome()


def _seed(content: dict[str, Any], now: datetime) -> str:
    """Create all demo data in one transaction, so that an interrupted start leaves nothing.

    Returns the id of the finished attempt.
    """
    passwords = {role: token_urlsafe(12) for role in STAFF}
    with transaction() as session:
        staff = _make_staff(session, passwords, now)
        interview = _make_interview(session, content, staff, now)
        attempt = _finish_candidate(session, interview, content, staff[Role.COORDINATOR], now)
        _ask_for_something(session, interview, staff[Role.COORDINATOR], now)
        token = _invite(session, interview, *OPEN_TO, coordinator=staff[Role.COORDINATOR], now=now)
        _keep_secrets({"token": token, "passwords": passwords})
        return attempt.id


def _make_staff(session: Session, passwords: dict[Role, str], now: datetime) -> dict[Role, StaffUser]:
    return {
        role: create_user(
            session, email=email, name=name, password=passwords[role], roles={role}, actor=SYSTEM, now=now
        )
        for role, (email, name) in STAFF.items()
    }


def _make_interview(
    session: Session, content: dict[str, Any], staff: dict[Role, StaffUser], now: datetime
) -> Interview:
    coordinator = staff[Role.COORDINATOR]
    details = InterviewDetails(
        title=content["title"],
        introduction=content["introduction"],
        deadline_at=(now + timedelta(days=28)).replace(hour=22, minute=0, second=0, microsecond=0),
        time_zone="Europe/London",
        reviewer_ids=[staff[Role.REVIEWER].id],
    )
    interview = manage_services.create_interview(session, details, actor=coordinator, now=now)
    for question in content["questions"]:
        limits = {name: question[name] for name in ("prompt", "thinking_seconds", "recording_seconds", "retakes")}
        manage_services.add_question(session, interview, QuestionDetails(**limits), actor=coordinator, now=now)
    manage_services.open_interview(session, interview, actor=coordinator, now=now)
    return interview


def _invite(
    session: Session, interview: Interview, name: str, email: str, *, coordinator: StaffUser, now: datetime
) -> str:
    _, token = invitation_services.create_invitation(
        session, interview, name=name, email=email, expires_at=None, actor=coordinator, now=now
    )
    return token


def _finish_candidate(
    session: Session, interview: Interview, content: dict[str, Any], coordinator: StaffUser, now: datetime
) -> Attempt:
    candidate = content["candidate"]
    token = _invite(session, interview, candidate["name"], candidate["email"], coordinator=coordinator, now=now)
    attempt = interviews.exchange_token(session, token, now=now)
    interviews.give_consent(session, attempt, now=now)
    accommodations.ask(session, attempt, [Given(Kind.RECORDING_TIME, 200)], "", sealer=get_sealer(), now=now)
    for question, given in zip(interview.questions, content["questions"], strict=True):
        _answer(session, attempt, question.id, FOLDER / given["answer"]["file"], now)
    interviews.submit_attempt(session, attempt, answers=len(interview.questions), now=now)
    return attempt


def _ask_for_something(session: Session, interview: Interview, coordinator: StaffUser, now: datetime) -> None:
    """Create an accommodation request that waits for a decision, so that the queue is not empty."""
    token = _invite(session, interview, *WAITING, coordinator=coordinator, now=now)
    attempt = interviews.exchange_token(session, token, now=now)
    wishes = [Given(Kind.RECORDING_TIME, 200)]
    accommodations.ask(session, attempt, wishes, WISH, sealer=get_sealer(), now=now)


def _answer(session: Session, attempt: Attempt, question_id: str, file: Path, now: datetime) -> None:
    upload_id = new_id()
    with file.open("rb") as body:
        size = file.stat().st_size
        expected = incoming.Expected(size=size, most=size)
        received = incoming.store_body(get_storage(), body, upload_id, 0, expected, now=now)
    take = recording.add_file(
        session, attempt, question_id, upload_id, received, kind=TakeKind.VIDEO, expiry=timedelta(days=1), now=now
    )
    recording.choose_take(session, attempt, take.id, now=now)


def _make_captions(attempt_id: str) -> None:
    """Run the worker's stages immediately, so that the first visitor finds captions."""
    attempt = db.session.get_one(Attempt, attempt_id)
    take_ids = [take.id for task in recording.task_list(db.session(), attempt) for take in task.takes]
    db.session.rollback()
    with click.progressbar(take_ids, label="Captioning the demo's answers") as progress:
        for take_id in progress:
            for stage in processing.STAGES:
                pipeline.run_stage(str(stage), take_id)


def _keep_secrets(secrets: dict[str, Any]) -> None:
    """Save the links and passwords that the demo prints at each start. The database has only their hashes."""
    _secrets_file().touch(mode=0o600)
    _secrets_file().write_text(json.dumps(secrets))


def _write_welcome() -> None:
    """Print the links and passwords. The links use the address at which the demo runs now."""
    secrets, base = json.loads(_secrets_file().read_text()), current_config().base_url
    width = max(len(email) for email, _ in STAFF.values())
    lines = ["", f"Fairtake is running at {base} (Ctrl-C ends it)", "", "As a candidate, open the invitation:"]
    lines += [f"  {base}/i/{secrets['token']}", "", f"As staff, sign in at {base}/sign-in:"]
    lines += [f"  {email:<{width}}  {secrets['passwords'][role]}  ({role})" for role, (email, _) in STAFF.items()]
    lines += ["", _about_speech(), ""]
    click.echo("\n".join(lines))


def _about_speech() -> str:
    """Return a sentence about the captions that the speech model in use can make."""
    model = model_in_use(current_config())
    if model is None:
        return (
            "The speech model is not on this machine, so answers wait for captions. Run: flask --app wsgi model fetch"
        )
    if model.understands == SYNTHETIC_VOICES:
        return f"{STAND_IN_WARNING} {HOW_TO_GET_A_REAL_ONE}"
    return f"Captions are made by the speech model {model.name}. It understands {model.understands or 'what its maker says'}."


def _secrets_file() -> Path:
    folder = Path(os.environ.get("FAIRTAKE_DEMO_FOLDER") or PROJECT_ROOT / "var")
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "sign-ins.json"
