"""How phones are shown and dialled: every digit that was written stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.core.leads import phone_forms as forms
from leadloop.core.leads.phone_forms import phone_forms
from leadloop.core.leads.phones import phone_key


@pytest.mark.parametrize(
    ("phone", "region", "shown", "e164"),
    [
        ("11987654321", "BR", "(11) 98765-4321", "+5511987654321"),
        ("+55 (11) 98765-4321", "BR", "(11) 98765-4321", "+5511987654321"),
        ("5511987654321", "BR", "(11) 98765-4321", "+5511987654321"),
        ("0 15 11 3333-4444", "BR", "(11) 3333-4444", "+551133334444"),
        ("011 8765-4321", "BR", "(11) 8765-4321", "+551187654321"),
        ("55 98765-4321", "BR", "(55) 98765-4321", "+5555987654321"),
        ("+551133334444", "US", "+55 (11) 3333-4444", "+551133334444"),
        ("4155552671", "US", "(415) 555-2671", "+14155552671"),
        ("+1 415 555 2671", "BR", "+1 415-555-2671", "+14155552671"),
        ("+44 20 7946 0958", "BR", "+44 20 7946 0958", "+442079460958"),
    ],
)
def test_a_phone_is_shown_as_in_its_country(phone: str, region: str, shown: str, e164: str) -> None:
    forms = phone_forms(phone, region)
    assert (forms.shown, forms.e164, forms.digits) == (shown, e164, e164[1:])


@pytest.mark.parametrize("phone", ["call me", "123", "ana@example.com", "<img src=x>", "12036302@g.us", "  "])
def test_what_nobody_can_dial_is_shown_as_it_was_written(phone: str) -> None:
    assert phone_forms(phone, "BR") == (phone, None)
    assert phone_forms(phone, "BR").digits == ""


@given(st.from_regex(r"(\+?55)?[1-9]{2}9[0-9]{8}", fullmatch=True) | st.text("+0123456789 ()-", max_size=18))
def test_what_is_dialled_is_the_number_that_is_matched(phone: str) -> None:
    forms = phone_forms(phone, "BR")
    key = phone_key(phone, "BR")
    if forms.e164 is not None and key is not None:
        assert phone_key(forms.e164, "BR") == key
        assert set(forms.shown) <= set("+0123456789 ()-/")


def test_long_texts_are_not_kept_in_memory() -> None:
    phone = f"+55 11 98765-4321{' ' * 4_000}"
    kept = forms._kept.cache_info().currsize
    assert phone_forms(phone, "BR").e164 == "+5511987654321"
    assert forms._kept.cache_info().currsize == kept
