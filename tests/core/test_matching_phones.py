"""Matching keys of phones: all spellings of a number share one key, two numbers never do (semantics section 1)."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.core.leads.phones import needs_region, phone_key, region_of
from tests.support.examples import examples

AREAS = [
    *range(11, 20),
    *(21, 22, 24, 27, 28, *range(31, 36), 37, 38, *range(41, 50), 51, 53, 54, 55),
    *(*range(61, 70), 71, 73, 74, 75, 77, 79, *range(81, 90), *range(91, 100)),
]
AMERICAN_AREAS = [
    code for code in range(201, 990) if phonenumbers.is_valid_number(phonenumbers.parse(f"{code}2342345", "US"))
]
SPACES = [" ", "", "-", ".", "\u00a0", "\u2009", "\u2011", "\u200e", "/", " - "]
PREFIXES = ["+55", "+55 ", "0055", "00 55 ", "(+55) ", "+55 (0)", "tel:+55-", "\uff0b55 "]
WHATSAPP = ["@s.whatsapp.net", "@c.us", ":12@s.whatsapp.net"]

digits = st.text("0123456789", min_size=7, max_size=7)
spaces = st.sampled_from(SPACES)


@pytest.mark.parametrize("area", AREAS)
def test_every_area_code(area: int) -> None:
    landline, mobile, old = f"({area}) 4112-0031", f"({area}) 94112-0031", f"({area}) 9113-1050"
    assert phone_key(landline, "BR") == f"55{area}41120031"
    assert phone_key(mobile, "BR") == f"55{area}941120031"
    assert phone_key(old, "BR") == phone_key(f"({area}) 99113-1050", "BR") == f"55{area}91131050"


def test_there_are_67_area_codes() -> None:
    assert len(AREAS) == len(set(AREAS)) == 67
    assert [phone_key(f"({area}0) 4112-0031", "BR") for area in range(1, 10)] == [None] * 9


@examples(300)
@given(area=st.sampled_from(AREAS), first=st.sampled_from("23456789"), rest=digits, data=st.data())
def test_every_spelling_has_the_same_key(area: int, first: str, rest: str, data: st.DataObject) -> None:
    """The old eight digits of a mobile are a spelling of it, in any region where the country is said."""
    subscribers = [first + rest] if first in "2345" else [first + rest, f"9{first}{rest}"]
    expected = f"55{area}{first}{rest}"
    subscriber, space = data.draw(st.sampled_from(subscribers)), data.draw(spaces)
    national = f"{area}{space}{subscriber[:-4]}{data.draw(spaces)}{subscriber[-4:]}"
    abroad = [prefix + national for prefix in PREFIXES]
    abroad += [f"55{area}{subscriber}{suffix}" for suffix in WHATSAPP]
    at_home = [
        national,
        f"0{national}",
        f"({area}) {subscriber}",
        f"0 15 {national}",
        f"55{national}",
        f"{national} r. 12",
    ]
    if len({*expected[2:]}) > 1:
        assert {phone_key(text, data.draw(st.sampled_from(["BR", "US", "DE"]))) for text in abroad} == {expected}
        assert {phone_key(text, "BR") for text in at_home} == {expected}
    assert not any(map(needs_region, abroad)) and all(map(needs_region, at_home))


@examples(300)
@given(
    numbers=st.lists(
        st.tuples(st.sampled_from(AREAS), st.sampled_from(["2", "3", "4", "5", "92", "95", "96", "99"]), digits),
        min_size=2,
        max_size=2,
        unique=True,
    )
)
def test_two_numbers_have_two_keys(numbers: list[tuple[int, str, str]]) -> None:
    first_key, other = (phone_key(f"+55 {area} {first}{rest}", "BR") for area, first, rest in numbers)
    assert first_key is None or first_key != other


@pytest.mark.parametrize("area", AMERICAN_AREAS)
def test_every_american_area_code(area: int) -> None:
    for text in (f"({area}) 234-2345", f"1{area}2342345", f"+1 {area}.234.2345", f"001{area}2342345"):
        assert phone_key(text, "US") == f"1{area}2342345"
    assert phone_key(f"+1 {area} 234 2345", "BR") == f"1{area}2342345"


@examples(300)
@given(
    area=st.sampled_from(AMERICAN_AREAS),
    exchange=st.integers(200, 999),
    rest=st.text("0123456789", min_size=4, max_size=4),
    data=st.data(),
)
def test_every_spelling_of_an_american_number_has_the_same_key(
    area: int, exchange: int, rest: str, data: st.DataObject
) -> None:
    """With a country code in any region; without one in that of the United States. In Brazil it is another number."""
    space, region = data.draw(spaces), data.draw(st.sampled_from(["BR", "US", "DE"]))
    national = f"{area}{space}{exchange}{data.draw(spaces)}{rest}"
    abroad = [f"{prefix}{national}" for prefix in ("+1", "+1 ", "001", "00 1 ", "(+1) ", "tel:+1-", "\uff0b1 ")]
    abroad += [f"1{area}{exchange}{rest}{suffix}" for suffix in WHATSAPP]
    at_home = [national, f"({area}) {exchange}-{rest}", f"1 {national}", f"011 1 {national}", f"{national} ext. 12"]
    key = None if len({*f"{area}{exchange}{rest}"}) == 1 else f"1{area}{exchange}{rest}"
    assert {phone_key(text, region) for text in abroad} == {phone_key(text, "US") for text in at_home} == {key}
    assert phone_key(national, "BR") != key or key is None


def test_there_are_american_area_codes() -> None:
    assert len(AMERICAN_AREAS) > 250


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "?", "none", "sem telefone", "+", "00", "0", "123456", "99999999999", "9999999999", "11111111111"),
        *(
            "00000000000",
            "4112-0031",
            "94112-0031",
            "120363041234567890@g.us",
            "123456789012345@lid",
            "ana@example.com",
        ),
        *("+55 11", "+55 11 1112-0031", "10 4112-0031", "11 84112-0031 5", "+1 555 5555 555", "\u0660", "+999 123456"),
        *("0800 123 4567", "4004-1234", "1" * 40, "\u200b", "12345678901234567890"),
    ],
)
def test_what_is_no_number_has_no_key(text: str) -> None:
    assert phone_key(text, "BR") is None


@pytest.mark.parametrize("text", ["555-0100", "1" * 10, "99999999999", "123456", "(555) 555-5555"])
def test_nor_in_america(text: str) -> None:
    assert phone_key(text, "US") is None


@examples(300)
@given(text=st.text(max_size=40), region=st.sampled_from(["BR", "US", "DE", "IT", "MX"]))
def test_any_text_has_a_key_of_digits_or_none(text: str, region: str) -> None:
    key = phone_key(text, region)
    assert key is None or (key.isascii() and key.isdigit() and phone_key(f"+{key}", "BR") == key)


@pytest.mark.parametrize(
    ("country", "region"),
    [("BR", "BR"), ("br", "BR"), (" us ", "US"), ("UK", "GB"), ("XX", None), ("", None), (None, None)],
)
def test_countries(country: str | None, region: str | None) -> None:
    assert region_of(country) == region
