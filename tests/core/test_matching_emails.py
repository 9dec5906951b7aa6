"""Matching keys of e-mails: only what is of the form local@domain has one (semantics section 1)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.api.leadsail.wire.shapes import EMAIL
from leadloop.core.leads.normalize import email_key
from leadloop.core.problems import Problems
from tests.support.examples import examples

NONE = [
    *(
        "",
        " ",
        "sem email",
        "-",
        "n/a",
        "N/A",
        "null",
        "0",
        "@",
        "\u200b",
        "\ufeff",
        "nao tem",
        "ana",
        "ana@",
        "@x.com",
    ),
    *(
        "ana@@x.com",
        "ana@x..com",
        "ana@.com",
        "ana@-",
        "ana @x.com",
        "ana@x com",
        "Ana <ana@x.com>",
        "ana@x.com, bia@x.com",
    ),
    *("ana@x.com;bia@x.com", "mailto:ana@x.com", "x" * 400 + "@x.com", "-@-", "a@b@c"),
]


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_address_has_no_key(text: str) -> None:
    assert email_key(text) is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (" Ana@Example.COM ", "ana@example.com"),
        ("ana@localhost", "ana@localhost"),
        ("ana@exa\u200bmple.com\u200b", "ana@example.com"),
        ("jose\u0301@example.com", "jos\u00e9@example.com"),
        ("JOS\u00c9@example.com", "jos\u00e9@example.com"),
        ("ana+tag@sub.example.co.uk", "ana+tag@sub.example.co.uk"),
        ("o'brien_x@ex-ample.com", "o'brien_x@ex-ample.com"),
        ("\u00a0ana@example.com\u2003", "ana@example.com"),
    ],
)
def test_spellings_of_an_address(text: str, key: str) -> None:
    assert email_key(text) == key


@examples(300)
@given(text=st.emails())
def test_every_address_has_a_key_in_any_spelling(text: str) -> None:
    if EMAIL.read(text, "/email", Problems()) != text:
        return
    key = email_key(text)
    assert key is not None
    assert email_key(f" {text.upper()}\t") == email_key(text.upper())
    assert email_key(unicodedata.normalize("NFD", key)) == email_key(key) == key
