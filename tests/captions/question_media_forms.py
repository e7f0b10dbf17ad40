"""The forms with which a coordinator adds media to a question."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.captions.models import QuestionMedia, QuestionMediaEncoding
from app.extensions import db
from app.storage import get_storage
from tests.page_check import CheckingClient

CLIPS = Path(__file__).parent.parent / "clips"
SPOKEN = (CLIPS / "long_answer.webm").read_bytes()
HEVC, SIGNED_HEVC = (CLIPS / "hevc.mov").read_bytes(), (CLIPS / "signed_hevc.mov").read_bytes()
CAPTIONS = b"WEBVTT\n\n00:00.000 --> 00:02.000\nTell us about <i>a night</i>\n\n00:02.000 --> 00:04.000\n& a day.\n"
SHORT = b"WEBVTT\n\n00:00.000 --> 00:00.900\nTell us.\n"
"""Captions that end before the HEVC clip does."""


def send(client: CheckingClient, address: str, file: bytes = SPOKEN, captions: bytes | None = CAPTIONS) -> TestResponse:
    """Upload a media file and captions. Return the response, a page that shows the captions."""
    form: dict[str, Any] = {"file": (io.BytesIO(file), "question.webm")}
    if captions is not None:
        form["captions"] = (io.BytesIO(captions), "question.vtt")
    return client.submit(address, form, content_type="multipart/form-data")


def fields_of(answer: TestResponse) -> dict[str, Any]:
    """Return the fields that the form on the page with the captions would send."""
    page = BeautifulSoup(answer.text, "html.parser")
    fields = {
        str(each["name"]): str(each.get("value", "")) for each in page.select("form[action$='/captions'] input[name]")
    }
    fields.pop("csrf_token", None)
    return fields


def with_captions(fields: dict[str, Any], captions: bytes) -> dict[str, Any]:
    """Return form fields that save different captions for the media file that is already uploaded."""
    return {**fields, "content": base64.urlsafe_b64encode(captions).decode(), "do": "save"}


def give(client: CheckingClient, address: str, file: bytes = SPOKEN, captions: bytes | None = CAPTIONS) -> TestResponse:
    """Upload a media file and captions, and save them."""
    answer = send(client, address, file, captions)
    if answer.status_code != 200:
        return answer
    return client.submit(f"{address}/captions", {**fields_of(answer), "do": "save"})


def kept() -> list[QuestionMedia]:
    """Return the saved media of all questions."""
    db.session.rollback()
    return db.session.query(QuestionMedia).all()


def files() -> list[str]:
    """Return the storage keys of the media files of all questions."""
    return list(get_storage().list("prompts"))


def coming() -> QuestionMediaEncoding | None:
    """Return the media that waits for encoding or is encoded now, if any."""
    db.session.rollback()
    return db.session.scalar(select(QuestionMediaEncoding))
