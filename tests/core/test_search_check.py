"""Checking a query: all its terms and mistakes with their places, and suggestions that mend them."""

from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.core.search.check import CheckedQuery, check, without_term
from leadloop.core.search.errors import SearchError
from leadloop.core.search.read import read
from leadloop.core.search.tree import Anywhere, Phrase, Term
from leadloop.core.search.values import Moment
from tests.core.test_search_language import NOW_MS, SAO_PAULO, TEXTS
from tests.support.examples import examples

MOMENT = Moment(NOW_MS, SAO_PAULO)


def checked(text: str) -> CheckedQuery:
    return check(text, MOMENT)


def terms_of(text: str) -> list[str]:
    return [text[term.at : term.end] for term in checked(text).terms]


def mistakes_of(text: str) -> list[tuple[str, str, str | None]]:
    """The part that is wrong, the code, and the suggestion."""
    return [
        (text[mistake.at : mistake.end], mistake.problem.code, mistake.suggestion) for mistake in checked(text).mistakes
    ]


def test_terms_are_found_where_they_stand() -> None:
    text = '  -tag:"vip, x",b maria  "ana souza" value>1000 11 98765-4321 created:-7d..today '
    assert terms_of(text) == [
        '-tag:"vip, x",b',
        "maria",
        '"ana souza"',
        "value>1000",
        "11 98765-4321",
        "created:-7d..today",
    ]
    assert mistakes_of(text) == []
    assert checked("").terms == []


def test_all_mistakes_are_told_at_once() -> None:
    text = 'unti:Centro maria stage>NEW status:quallified,foo has:emial,phone - tag:a,,b "ana"souza value:ten'
    assert mistakes_of(text) == [
        ("unti", "search_field_unknown", "unit"),
        ("stage", "search_not_measured", None),
        ("quallified", "search_near", "qualified"),
        ("foo", "search_choices", None),
        ("emial", "search_near", "email"),
        ("-", "search_minus", None),
        ("tag:a,", "search_value_missing", None),
        ("s", "search_space_missing", " s"),
        ("ten", "search_number", None),
    ]
    assert len(terms_of(text)) == 9


def test_terms_after_an_open_quote_are_still_read() -> None:
    text = 'ana "souza unti:x stage:new'
    assert terms_of(text) == ["ana", '"souza', "unti:x", "stage:new"]
    assert mistakes_of(text) == [
        ('"', "search_quote_open", None),
        ("unti", "search_field_unknown", "unit"),
    ]
    assert mistakes_of('unti:"x') == [("unti", "search_field_unknown", "unit"), ('"', "search_quote_open", None)]
    assert terms_of('tag:vi"p x" ana') == ['tag:vi"p x"', "ana"]


def test_a_query_of_too_many_characters_or_terms() -> None:
    assert mistakes_of("x" * 1_001) == [("x", "search_too_long", None)]
    assert terms_of("x" * 1_001) == []
    assert mistakes_of("x " * 20 + "y unti:z") == [("y unti:z", "search_too_many_terms", None)]
    assert len(terms_of("x " * 20 + "y z")) == 20
    assert mistakes_of("a\x00b \x01") == [
        ("\x00", "search_unstorable", None),
        ("\x01", "search_unstorable", None),
    ]


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("unti:x", "unit:x"),
        ("status:quallified", "status:qualified"),
        ('"ana"souza', '"ana" souza'),
        ("value>1.250,50", "value>1250.50"),
        ("value:1,50", "value:1.50"),
        ("value>1,000.50", "value>1000.50"),
        ("value<1.000.000", "value<1000000"),
        ("value<-1,000,000", "value<-1000000"),
        ("value:2..1", "value:1..2"),
        ("created:31/12/2026", "created:2026-12-31"),
        ("created:12.31.2026", "created:2026-12-31"),
        ("created:05-05-2026", "created:2026-05-05"),
        ("created>=7d", "created>=-7d"),
        ("created:hoje", "created:today"),
        ("created:Yesteday", "created:yesterday"),
        ('created:"2026-02-01 10:00..2026-01-01"', 'created:"2026-01-01..2026-02-01 10:00"'),
    ],
)
def test_a_suggestion_mends_the_mistake(text: str, mended: str) -> None:
    (mistake,) = checked(text).mistakes
    assert mistake.suggestion is not None
    assert text[: mistake.at] + mistake.suggestion + text[mistake.end :] == mended
    assert mistakes_of(mended) == []


@pytest.mark.parametrize("text", ["value:1.000", "value>1,000", "created:02/03/2026", "created:31/13/2026", "x:y"])
def test_what_could_mean_two_things_has_no_suggestion(text: str) -> None:
    (mistake,) = checked(text).mistakes
    assert mistake.suggestion is None


@examples(800)
@given(text=TEXTS)
def test_checking_agrees_with_reading(text: str) -> None:
    query = checked(text)
    places = [(mistake.at, mistake.end) for mistake in query.mistakes]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(end <= start for (_, end), (start, _) in pairwise(places))
    assert "".join(text.split()) == "".join("".join(text[term.at : term.end].split()) for term in query.terms)
    try:
        terms = read(text, now_ms=NOW_MS, zone=SAO_PAULO).terms
    except SearchError as error:
        assert any(start <= error.at and error.at + error.length <= end for start, end in places)
    else:
        assert places == []
        assert len(terms) == len(query.terms)


@examples(400)
@given(text=TEXTS, zone=st.sampled_from([ZoneInfo("UTC"), SAO_PAULO]))
def test_mending_a_query_never_leaves_the_same_mistake(text: str, zone: ZoneInfo) -> None:
    query = check(text, Moment(NOW_MS, zone))
    for mistake in query.mistakes:
        if mistake.suggestion is not None:
            mended = text[: mistake.at] + mistake.suggestion + text[mistake.end :]
            after = check(mended, Moment(NOW_MS, zone)).mistakes
            assert (mistake.at, mistake.problem.code) not in [(other.at, other.problem.code) for other in after]


def without(text: str, index: int) -> str:
    return without_term(text, checked(text).terms, index)


def test_a_term_is_left_out() -> None:
    assert without('stage:NEW  -tag:"a b" maria', 1) == "stage:NEW maria"
    assert without("maria", 0) == ""
    assert without("4321 ana 2026", 1) == '"4321" "2026"'
    assert without("ana 4321 -2026 x", 0) == "4321 -2026 x"
    assert without('"4321" ana 2026', 1) == '"4321" 2026'


@examples(400)
@given(text=TEXTS, index=st.integers(0, 5))
def test_the_other_terms_keep_their_meaning(text: str, index: int) -> None:
    query = checked(text)
    if query.mistakes or not query.terms:
        return
    index %= len(query.terms)
    read_before = read(text, now_ms=NOW_MS, zone=SAO_PAULO).terms
    read_after = read(without(text, index), now_ms=NOW_MS, zone=SAO_PAULO).terms
    rest = [term for place, term in enumerate(read_before) if place != index]
    assert [_meaning(term) for term in read_after] == [_meaning(term) for term in rest]


def _meaning(term: Term) -> Term:
    """Without the difference between a number and one in quotes, which finds the same phones."""
    clause = term.clause
    if isinstance(clause, Anywhere) and clause.number is not None:
        return Term(Anywhere(Phrase(clause.phrase.words, False), clause.number), term.is_negated)
    return term
