"""Parse email addresses from forms, files, commands and mail."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

_INVISIBLE = ("Cf", "Cc", "Zs", "Zl", "Zp")
"""Unicode categories that copying may add around an address: spaces, joiners, controls."""


class InvalidEmailAddressError(ValueError):
    """The text is not an email address. The message says why, in English."""


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An email address in the forms that we need.

    - `text`: as people read it, with the domain in Unicode.
    - `for_mail`: as the mail server needs it, with the domain as A-labels (RFC 5891).
    - `key`: case-folded, with A-labels. Two addresses with the same key are the same mailbox in practice.
    - `needs_smtputf8`: the part before the @ has non-ASCII letters (RFC 6531), which some mail servers refuse.
    """

    text: str
    for_mail: str
    key: str
    needs_smtputf8: bool


def read_email_address(text: str) -> EmailAddress:
    """Parse an address, ignoring invisible characters at both ends.

    Raises InvalidEmailAddressError if the text is not an address.
    """
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
    """Return the key of an address. Addresses of one mailbox have the same key. Invalid addresses have a key too."""
    try:
        return read_email_address(text).key
    except InvalidEmailAddressError:
        return unicodedata.normalize("NFC", _stripped(text).casefold())


def _stripped(text: str) -> str:
    """Remove invisible characters at both ends and zero-width characters everywhere. Inner line breaks are kept."""
    shown = [character for character in text if unicodedata.category(character) != "Cf"]
    while shown and unicodedata.category(shown[0]) in _INVISIBLE:
        shown.pop(0)
    while shown and unicodedata.category(shown[-1]) in _INVISIBLE:
        shown.pop()
    return "".join(shown)
