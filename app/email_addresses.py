"""Reading an email address: the one reader for forms, files, commands and mail. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

_INVISIBLE = ("Cf", "Cc", "Zs", "Zl", "Zp")
"""Unicode categories that copying from a page or a spreadsheet adds around an address: spaces, joiners, controls."""


class InvalidEmailAddressError(ValueError):
    """The text is not an email address; the message says why, in English."""


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address in the forms that we need.

    text: as people read it, the domain in Unicode. for_mail: as the mail server gets it, the domain as A-labels
    (RFC 5891). key: equal for two addresses that are the same mailbox in practice: case folded, A-labels.
    needs_smtputf8: the part before the @ has letters beyond ASCII (RFC 6531), which not every mail server takes.
    """

    text: str
    for_mail: str
    key: str
    needs_smtputf8: bool


def read_email_address(text: str) -> EmailAddress:
    """Parse an address, ignoring invisible characters at both ends. Raises InvalidEmailAddressError, for a line break too."""
    try:
        found = validate_email(_stripped(text), check_deliverability=False, test_environment=True)
    except EmailNotValidError as problem:
        raise InvalidEmailAddressError(str(problem)) from None
    for_mail = f"{found.local_part}@{found.ascii_domain}"
    folded = unicodedata.normalize("NFC", found.local_part.casefold())
    return EmailAddress(
        text=found.normalized,
        for_mail=for_mail,
        key=f"{folded}@{found.ascii_domain.lower()}",
        needs_smtputf8=not found.local_part.isascii(),
    )


def mailbox_key(text: str) -> str:
    """Return the key of an address, or of any text that was stored as one: equal for the same mailbox."""
    try:
        return read_email_address(text).key
    except InvalidEmailAddressError:
        return unicodedata.normalize("NFC", _stripped(text).casefold())


def _stripped(text: str) -> str:
    """Remove invisible characters at both ends and zero-width ones inside. Line breaks inside stay, and are refused later."""
    shown = [character for character in text if unicodedata.category(character) != "Cf"]
    while shown and unicodedata.category(shown[0]) in _INVISIBLE:
        shown.pop(0)
    while shown and unicodedata.category(shown[-1]) in _INVISIBLE:
        shown.pop()
    return "".join(shown)
