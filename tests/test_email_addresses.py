"""Email addresses have one parser, and all spellings of one mailbox have the same key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.email_addresses import InvalidEmailAddressError, mailbox_key, read_email_address


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        ("JÖRG@example.org", "jörg@example.org"),
        ("jo\u0308rg@example.org", "j\u00f6rg@example.org"),
        ("ana@münchen.de", "ana@xn--mnchen-3ya.de"),
        ("ana@MÜNCHEN.de", "ANA@XN--MNCHEN-3YA.DE"),
        ("\u00a0ada@example.org\u200b", "ada@example.org"),
        ("a\u200bda@example.org", "ada@example.org"),
        ("ΣΊΣΥΦΟΣ@example.org", "σίσυφος@example.org"),
    ],
)
def test_spellings_of_one_mailbox_have_one_key(one: str, other: str) -> None:
    assert read_email_address(one).key == read_email_address(other).key


@pytest.mark.parametrize("other", ["ada+one@example.org", "ad.a@example.org", "ada@example.com", "äda@example.org"])
def test_different_mailboxes_have_different_keys(other: str) -> None:
    assert read_email_address(other).key != read_email_address("ada@example.org").key


@pytest.mark.parametrize(
    "text", ["", "ada", "ada@", "@example.org", "a b@example.org", "a@b@c.org", "a@example.org\nBcc: b@example.org", "a@\0.org", "a" * 400]
)  # fmt: skip
def test_text_that_is_not_an_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidEmailAddressError):
        read_email_address(text)


@given(st.text())
def test_any_text_has_a_key(text: str) -> None:
    assert mailbox_key(mailbox_key(text)) is not None


def test_only_the_local_part_needs_smtputf8() -> None:
    assert not read_email_address("ana@münchen.de").needs_smtputf8
    assert read_email_address("jörg@example.org").needs_smtputf8
