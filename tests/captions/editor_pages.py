"""Pages of the caption editor, and a second reviewer who saves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bs4 import BeautifulSoup

from app.accounts.models import Role
from app.audit import Actor
from app.captions import corrections
from app.captions.models import TrackKind
from app.captions.shaping.cues import Cue
from app.clock import now
from app.transaction import transaction
from tests.captions.conftest import Editor
from tests.factories import make_user


def page_of(answer: Any, status: int = 200) -> BeautifulSoup:
    """Return the page of a response, which must have this status."""
    assert answer.status_code == status
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def save_by_another(editor: Editor, *texts: str) -> None:
    """As another reviewer, save a version with the same times."""
    other = make_user(Role.REVIEWER, name="Omar Other")
    cues = [Cue(3000 * place, 3000 * place + 2500, text) for place, text in enumerate(texts)]
    base = editor.track().version
    with transaction() as session:
        corrections.save_correction(
            session, editor.take_id, cues, base=base, kind=TrackKind.REVIEWER,
            actor=Actor("staff", other.id), now=now() + timedelta(seconds=1),
        )  # fmt: skip


def choices_of(page: BeautifulSoup) -> dict[str, Any]:
    """Return the fields of the form that asks which of two versions to keep."""
    form = page.select_one("form[action$='/choose']")
    assert form
    fields: dict[str, Any] = {
        name: form.select_one(f"input[name={name}]")["value"]
        for name in ("base", "source", "language", "against")  # type: ignore[index]
    }
    fields.update({name: [field["value"] for field in form.select(f"input[name={name}]")] for name in ("start", "end")})
    fields["text"] = [field.get_text().removeprefix("\n") for field in form.select("textarea")]
    return fields
