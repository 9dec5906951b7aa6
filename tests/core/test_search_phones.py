"""A phone is found by any spelling of it, and by its last digits; the stored phone stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from leadloop.core.leads.model import blank_lead
from leadloop.core.search.matches import matches
from leadloop.core.search.phones import LEAST_DIGITS, number, phone_prefixes
from leadloop.core.search.read import read
from tests.support.examples import examples

SPELLINGS = [
    "+55 11 98765-4321",
    "+55 11 8765-4321",
    "5511987654321",
    "551187654321",
    "0055 11 98765 4321",
    "(11) 98765-4321",
    "11 8765.4321",
    "1187654321",
    "011 98765 4321",
    "0 15 11 98765-4321",
    "98765-4321",
    "8765-4321",
    "４３２１",
    "+٥٥ ١١ ٩٨٧٦٥٤٣٢١",
    "4321",
]
WHOLE = [text for text in SPELLINGS if len(text) > 9 and text != "98765-4321"]


def finds(text: str, stored: str | None, country: str | None = None, region: str = "BR") -> bool:
    """`region` is the region of the searching account."""
    lead = structs.replace(blank_lead("a" * 24, "b" * 24, 0), phone=stored, country=country)
    field = read(f'phone:"{text}"', now_ms=0, regions=(region,))
    bare = read(text, now_ms=0, regions=(region,))
    assert len(bare.terms) == 1, "the digits are one phone"
    assert matches(field, lead) == matches(bare, lead)
    return matches(field, lead)


@pytest.mark.parametrize("country", [None, "BR"])
@pytest.mark.parametrize("stored", WHOLE)
@pytest.mark.parametrize("query", SPELLINGS)
def test_any_spelling_finds_any_spelling(query: str, stored: str, country: str | None) -> None:
    assert finds(query, stored, country)


@pytest.mark.parametrize(
    ("stored", "country", "region", "spellings"),
    [
        ("+1 212 555 0100", None, "US", ["(212) 555-0100", "1-212-555-0100", "555.0100", "+1 212 555 0100", "0100"]),
        ("+1 212 555 0100", None, "BR", ["+1 212 555 0100", "555.0100", "0100", "001 212 555 0100"]),
        ("912 345 678", None, "BR", ["912345678", "345 678"]),
        ("912 345 678", "PT", "PT", ["+351 912 345 678", "00351912345678", "912345678", "345 678"]),
        ("030 1234567", "DE", "DE", ["+49 30 1234567", "+49 (0)30 1234567", "030 1234567"]),
        ("030 1234567", "DE", "BR", ["+49 30 1234567", "1234567"]),
        ("+39 06 1234567", None, "IT", ["06 1234567", "+39 06 1234567"]),
        ("+39 06 1234567", None, "BR", ["+39 06 1234567", "1234567"]),
        ("+86 139 8765 4321", None, "CN", ["139 8765 4321", "+8613987654321"]),
        ("+86 139 8765 4321", None, "BR", ["+8613987654321", "8765 4321"]),
        ("(11) 98765-4321", "US", "US", ["11 98765-4321", "+1 198 765 4321", "8765-4321"]),
        ("+34 912 345 678", None, "ES", ["912 345 678", "+34912345678", "0034 912345678"]),
        ("912 345 678", "ES", "ES", ["+34 912 345 678", "0034912345678"]),
        ("(11) 3333-4444", "BR", "BR", ["+55 11 3333-4444", "11 33334444", "3333-4444"]),
        ("98765-4321", None, "BR", ["98765-4321", "8765-4321"]),
        ("8765-4321", None, "BR", ["98765-4321", "8765-4321"]),
        ("4112-0031", None, "BR", ["4112-0031"]),
        ("11 94112-0031", None, "BR", ["94112-0031", "4112-0031", "11 94112-0031"]),
        ("+247 54321", None, "BR", ["+247 54321", "54321"]),
    ],
)
def test_it_is_found_whatever_its_country(stored: str, country: str | None, region: str, spellings: list[str]) -> None:
    assert [query for query in spellings if not finds(query, stored, country, region)] == []


@pytest.mark.parametrize(
    ("query", "stored"),
    [
        ("98765-4322", "+55 11 98765-4321"),
        ("21 98765-4321", "+55 11 98765-4321"),
        ("11 9876", "+55 11 98765-4321"),
        ("+55 11 98765-4321", "98765-4321"),
        ("+247 4321", "+55 11 98765-4321"),
        ("11 94112-0031", "11 4112-0031"),
        ("11 4112-0031", "11 94112-0031"),
        ("94112-0031", "11 4112-0031"),
        ("+1 212 555 0100", "21 2555-0100"),
        ("212 555 0100", "+1 212 555 0100"),
        ("4321", None),
        ("4321", "ask at the desk"),
    ],
)
def test_another_phone_is_not_found(query: str, stored: str | None) -> None:
    assert not finds(query, stored)


@pytest.mark.parametrize("text", ["", "432", "4321a", "maria", "1" * 33, "R$ 1000"])
def test_what_is_no_phone(text: str) -> None:
    assert number(text) is None


def test_a_few_digits_are_only_a_word() -> None:
    lead = structs.replace(blank_lead("a" * 24, "b" * 24, 0), phone="+55 11 98765-4321", email="ana321@example.com")
    assert not matches(read("321", now_ms=0), lead)
    assert matches(read("ana321", now_ms=0), lead)


@examples(300)
@given(digits=st.text("0123456789", min_size=LEAST_DIGITS, max_size=32), plus=st.sampled_from(["", "+"]))
def test_a_prefix_to_search_for_is_no_longer_than_the_query(digits: str, plus: str) -> None:
    prefixes = phone_prefixes(plus + digits)
    assert prefixes
    assert all(len(prefix) >= LEAST_DIGITS and prefix.isdigit() for prefix in prefixes)
    assert not any(prefix != other and prefix.startswith(other) for prefix in prefixes for other in prefixes)


@examples(300)
@given(
    area=st.integers(11, 99).filter(lambda code: code % 10),
    first=st.integers(6, 9),
    rest=st.text("0123456789", min_size=7, max_size=7),
    data=st.data(),
)
def test_brazilian_mobiles_are_found_with_and_without_the_ninth_digit(
    area: int, first: int, rest: str, data: st.DataObject
) -> None:
    spellings = [
        spelling.format(area, f"{first}{rest[:3]}", rest[3:])
        for spelling in ("+55 {} 9{}-{}", "({}) 9{}-{}", "{}{}{}", "0{} 9{} {}", "+55{}{}{}", "55{}9{}{}")
    ]
    stored, query = data.draw(st.sampled_from(spellings)), data.draw(st.sampled_from(spellings))
    assert finds(query, stored, "BR"), (query, stored)
