"""A caption file that travels with a page while a person decides how to read it: nothing of it is stored meanwhile."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from flask_babel import gettext as _

from app.captions.file_wording import encoding_names
from app.captions.files.encodings import sample
from app.captions.files.reading import FromFile
from app.captions.forms import CarriedFileForm
from app.errors import InvalidInputError

MAX_CARRIED_BYTES = 700_000
"""A form takes 1 MiB, and base64 needs four bytes for three: five hours of captions."""


@dataclass(frozen=True, slots=True)
class CaptionFile:
    """The bytes of a caption file and its name, as somebody chose it."""

    content: bytes
    name: str


def carried_file(form: CarriedFileForm) -> CaptionFile:
    """Return the file that came with a page. Raises InvalidInputError for what no page of ours has sent."""
    try:
        content = base64.b64decode(str(form.content.data), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInputError(_("This form is not valid. Load the page again and try again.")) from None
    if len(content) > MAX_CARRIED_BYTES:
        raise InvalidInputError(_("This form is not valid. Load the page again and try again."))
    return CaptionFile(content, form.name.data or "")


def carry(form: CarriedFileForm, file: CaptionFile, found: FromFile | None) -> None:
    """Put a file into the form of a page, with the encodings that it may be in and how its first letters read in each."""
    form.content.data = base64.urlsafe_b64encode(file.content).decode("ascii")
    form.name.data = file.name[-255:]
    names = encoding_names()
    options = [(each, sample(file.content, each)) for each in found.encodings] if found else []
    form.encoding.choices = [
        (each, f"{names.get(each, each)}: {line}" if line else names.get(each, each)) for each, line in options
    ]
    form.encoding.data = found.encoding if found else None
