"""Keep an uploaded caption file in the page's form, not on the server, while the user chooses the file's encoding."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from flask_babel import gettext as _

from app.captions.file_wording import encoding_names
from app.captions.files.imported import ImportedFile
from app.captions.forms import CarriedFileForm
from app.errors import InvalidInputError

MAX_CARRIED_BYTES = 700_000
"""Maximum size of a file that a form contains, enough for five hours of captions.

A form may have 1 MiB, and base64 turns three bytes into four.
"""


@dataclass(frozen=True, slots=True)
class CaptionFile:
    """The bytes and the name of a caption file that a user chose."""

    content: bytes
    name: str


def carried_file(form: CarriedFileForm) -> CaptionFile:
    """Return the file that a form contains.

    Raises InvalidInputError if the content is not valid base64 or is too large.
    """
    try:
        content = base64.b64decode(str(form.content.data), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInputError(_("This form is not valid. Load the page again and try again.")) from None
    if len(content) > MAX_CARRIED_BYTES:
        raise InvalidInputError(_("This form is not valid. Load the page again and try again."))
    return CaptionFile(content, form.name.data or "")


def carry(form: CarriedFileForm, file: CaptionFile, found: ImportedFile | None) -> None:
    """Put a file into a form, and offer each possible encoding with a sample of the text in that encoding."""
    form.content.data = base64.urlsafe_b64encode(file.content).decode("ascii")
    form.name.data = file.name[-255:]
    names = encoding_names()
    form.encoding.choices = [
        (each, f"{names.get(each, each)}: {line}" if line else names.get(each, each))
        for each, line in (found.samples if found else ())
    ]
    form.encoding.data = found.encoding if found else None
