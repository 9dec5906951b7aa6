"""Parsing a query: the meaning of each piece, and message and position of each error."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.core.search.errors import SearchError, point_at_error
from leadloop.core.search.fields import FIELDS
from leadloop.core.search.read import read, read_words
from leadloop.core.search.show import show
from leadloop.core.search.tree import Anywhere, Between, Clause, Dialled, Has, Is, Phrase, Query, Term, Within
from tests.support.examples import examples
from tests.support.strategies import ZONES

NOW = datetime(2026, 2, 20, 1, 30, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1_000)
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1_000)


def parse(text: str) -> Query:
    return read(text, now_ms=NOW_MS, zone=SAO_PAULO)


def clause(text: str) -> Clause:
    (term,) = parse(text).terms
    assert not term.is_negated
    return term.clause


def word(*words: str, quoted: bool = False, number: str | None = None) -> Anywhere:
    return Anywhere(Phrase(words, not quoted), number)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mária", word("maria")),
        ("ana-maria", word("ana", "maria")),
        ('"Ana  Maria"', word("ana", "maria", quoted=True)),
        (r'"say \"hi\" \\ \o/"', word("say", "hi", "o", quoted=True)),
        ("Maria.Silva@x.com", word("maria.silva@x.com")),
        ("@x.com", word("x", "com")),
        ("2026", word("2026", number="2026")),
        ("+55 (11) 98765-4321", word("55", "11", "98765", "4321", number="+5511987654321")),
        ('"11 98765-4321"', word("11", "98765", "4321", quoted=True, number="11987654321")),
        ("LEAD_01A20273BBE9040DB1384743", word("01a20273bbe9040db1384743")),
        ("name:Ana,souza", Within("name", (Phrase(("ana",), True), Phrase(("souza",), True)))),
        ('email:"a@b.c"', Within("email", (Phrase(("a@b.c",), False),))),
        ('Phone:"+55 11 8765",4321', Dialled(("+55118765", "4321"))),
        ('TAG="VIP, x"', Is("tag", ("vip, x",))),
        ("tag:a,B,c", Is("tag", ("a", "b", "c"))),
        ("unit:a:b", Is("unit", ("a:b",))),
        ("type:LEAD_TYPE_FORM", Is("type", ("form",))),
        ("id:lead_abc", Is("id", ("abc",))),
        ("status:No_Answer", Is("status", ("no_answer",))),
        ("has:email,UTM_source", Has(("email", "utm_source"))),
        ("value:1000", Between("value", 1_000_000_000, 1_000_000_001)),
        ("value=0.000001", Between("value", 1, 2)),
        ("value>1000.50", Between("value", 1_000_500_001, None)),
        ("value:>=-3", Between("value", -3_000_000, None)),
        ("value<1.1250", Between("value", None, 1_125_000)),
        ("value<=9000000000", Between("value", None, 9_000_000_000_000_001)),
        ("value:1..2", Between("value", 1_000_000, 2_000_001)),
        ("value:..2", Between("value", None, 2_000_001)),
        ("value:1..", Between("value", 1_000_000, None)),
    ],
)
def test_a_term_is_read(text: str, expected: Clause) -> None:
    assert clause(text) == expected


@pytest.mark.parametrize(
    ("text", "least", "below"),
    [
        ("created:2026-01-31", "2026-01-31T03:00Z", "2026-02-01T03:00Z"),
        ("created:2026-12", "2026-12-01T03:00Z", "2027-01-01T03:00Z"),
        ("created:2024-02", "2024-02-01T03:00Z", "2024-03-01T03:00Z"),
        ("created:2026", "2026-01-01T03:00Z", "2027-01-01T03:00Z"),
        ("created:2018-11-04", "2018-11-04T03:00Z", "2018-11-05T02:00Z"),
        ("created:2026-01-01..2026-02", "2026-01-01T03:00Z", "2026-03-01T03:00Z"),
        ("created:2026-01-31T13:45", "2026-01-31T16:45Z", "2026-01-31T16:46Z"),
        ("created:2026-01-31t13:45:00z", "2026-01-31T13:45:00Z", "2026-01-31T13:45:01Z"),
        ("created:2026-01-31T13:45:00.5+0200", "2026-01-31T11:45:00.500Z", "2026-01-31T11:45:00.501Z"),
        ('created:"2026-01-31 13:45"', "2026-01-31T16:45Z", "2026-01-31T16:46Z"),
        ("created:today", "2026-02-19T03:00Z", "2026-02-20T03:00Z"),
        ("created:Yesterday", "2026-02-18T03:00Z", "2026-02-19T03:00Z"),
        ("created:-2w", "2026-02-05T03:00Z", "2026-02-06T03:00Z"),
        ("date>=-7d", "2026-02-12T03:00Z", None),
        ("date>-7d", "2026-02-13T03:00Z", None),
        ("date<=2026-01", None, "2026-02-01T03:00Z"),
        ("date<2026-01", None, "2026-01-01T03:00Z"),
        ("date:٢٠٢٦", "2026-01-01T03:00Z", "2027-01-01T03:00Z"),
    ],
)
def test_a_time_is_as_long_as_it_is_precise(text: str, least: str | None, below: str | None) -> None:
    term = clause(text)
    assert isinstance(term, Between)
    assert (term.least, term.below) == (least and ms(least), below and ms(below))


def test_days_are_those_of_utc_where_no_zone_is_given() -> None:
    (term,) = read("created:today", now_ms=NOW_MS).terms
    assert term.clause == Between("created", ms("2026-02-20T00:00Z"), ms("2026-02-21T00:00Z"))


def test_terms_stand_side_by_side() -> None:
    assert parse('-tag:vip  ana\t-"b c" \u200bSTAGE:new -11 98765-4321') == Query(
        (
            Term(Is("tag", ("vip",)), True),
            Term(word("ana")),
            Term(word("b", "c", quoted=True), True),
            Term(Is("stage", ("new",))),
            Term(word("11", "98765", "4321", number="11987654321"), True),
        )
    )
    assert parse(" \n") == Query()


def test_numbers_side_by_side_are_one_phone_but_for_a_minus_and_quotes() -> None:
    assert len(parse("11 98765 4321 ana 12 34").terms) == 3
    assert len(parse('1111 -2222 "3333" "4444"').terms) == 4
    assert len(parse("1 2").terms) == 2


@pytest.mark.parametrize(
    ("text", "marked", "said"),
    [
        ('ana "souza', '"', "never closed"),
        ('"a\\"', '"', "never closed"),
        ('ana"souza"', '"', "around a whole value"),
        ('tag:vi"p"', '"', "around a whole value"),
        ('"ana"souza', "s", "a space is missing"),
        ('tag:"a"b', "b", "a space is missing"),
        ("ana -", "-", "directly before the term to exclude"),
        ("- ana", "-", "directly before the term to exclude"),
        ("ana stage:", "stage:", "a value is missing"),
        ("-stage: new", "-stage:", "a value is missing"),
        ("tag:a,,b", "tag:a,", "a value is missing"),
        ("tag:a, b", "tag:a,", "a value is missing"),
        ('tag:""', '""', "empty"),
        ("🌸", "🌸", "no letter and no digit"),
        ('name:ana,"!"', '"!"', "no letter and no digit"),
        ("ana unti:x", "unti", "did you mean unit?"),
        ("http://x", "http", "put it in quotes"),
        ("qqqq:x", "qqqq", "stage, status"),
        ("stage>NEW", "stage", "write stage:"),
        ("status:quallified", "quallified", "did you mean qualified"),
        ("status:zzz", "zzz", "accepted"),
        ("has:emial", "emial", "did you mean email"),
        ("has:stage", "stage", "did you mean tag?"),
        ("has:everything", "everything", "name, email"),
        ("phone:321", "321", "4 to 32 digits"),
        ("phone:+55 11 98765-4321", "+55", 'phone:"+55'),
        ("value:ten", "ten", "1000.50"),
        ("value>1.000", "1.000", "write 1000"),
        ("value>1.000.000", "1.000.000", "nothing between thousands"),
        ("value>1000,50", "1000,50", "decimals are written with a point"),
        ("value:1.1234567", "1.1234567", "up to 6 decimals"),
        ("value:2..1", "2..1", "ends before it begins"),
        ("value:..", "..", "one side may be left out"),
        ("value>1..2", "1..2", "value:from..to"),
        ("value>9000000000000", "9000000000000", "to 9000000000000"),
        ("created:2026-02-30", "2026-02-30", "2026-01-31"),
        ("created:2026-13", "2026-13", "2026-01-31"),
        ("created:9999", "9999", "out of bounds"),
        ("created:9999-12", "9999-12", "out of bounds"),
        ("created:9999-12-31", "9999-12-31", "out of bounds"),
        ("created:2026-01-01..9999-12-31", "2026-01-01..9999-12-31", "out of bounds"),
        ("created:0000", "0000", "2026-01-31"),
        ("created<0001-01-01T00:00+14:00", "0001-01-01T00:00+14:00", "out of bounds"),
        ("created<=9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z", "out of bounds"),
        ("created:-99999d", "-99999d", "-7d"),
        ("created:tomorrow", "tomorrow", "today, yesterday"),
        ("a\x00b", "\x00", "control characters"),
        ("a\ud800b", "\ud800", "surrogate"),
        ("x" * 1_000 + "yz", "yz", "1,000 characters"),
        ("x " * 20 + "y z", "y z", "20 terms"),
        ("tag:" + "x," * 20 + "y,z", "y", "20 values"),
    ],
)
def test_a_mistake_is_pointed_at(text: str, marked: str, said: str) -> None:
    with pytest.raises(SearchError) as caught:
        parse(text)
    error = caught.value
    assert text[error.at : error.at + error.length] == marked
    assert said in error.problem.text
    assert said in point_at_error(text, error) and "\x00" not in point_at_error(text, error)


def test_carets_stand_below_the_mistake_whatever_its_letters_take_up() -> None:
    text = "山田 a\u0301 unti:x"
    with pytest.raises(SearchError) as caught:
        parse(text)
    query, carets, _ = point_at_error(text, caught.value).splitlines()
    assert (query, carets) == (text, " " * 7 + "^^^^")


def test_a_query_of_the_longest_size_is_read() -> None:
    assert len(parse("x" * 1_000).terms) == 1
    assert len(parse("x " * 20).terms) == 20


MARKS = tuple('"\\-,:><=.+@() #\u200b：－🌸')
PIECES = (
    *("value>", "created<=", "date:>", "today", "-7d", "2026-01", "2026-02-03T04:05Z", "1.000", "12.50", "1111", "22"),
    *("..", "lead_", "Ana", "joão", "a@b.c", "1@2", "０１２３", "山田", "new", "qualified", "01a2" * 6, "1" * 24),
)
FRAGMENTS = st.sampled_from([*MARKS, *PIECES, *(f"{field}:" for field in FIELDS)])
TEXTS = st.lists(FRAGMENTS | st.text(max_size=3), max_size=12).map("".join) | st.text(max_size=40)


@examples(800)
@given(text=TEXTS, zone=st.sampled_from(ZONES))
def test_any_text_is_read_and_shown_or_refused_with_a_place_in_it(text: str, zone: str) -> None:
    try:
        query = read(text, now_ms=NOW_MS, zone=ZoneInfo(zone))
    except SearchError as error:
        assert 0 <= error.at < error.at + error.length <= len(text)
        assert len(point_at_error(text, error).splitlines()) == 3
    else:
        assert read(show(query), now_ms=0) == query


def test_me_is_the_person_who_asks() -> None:
    me = ("ana souza", "u1")
    assert read("user:me,bia -user:ME", now_ms=0, me=me).terms == (
        Term(Is("user", ("ana souza", "u1", "bia"))),
        Term(Is("user", me), is_negated=True),
    )
    assert read('user:"me" tag:me', now_ms=0, me=me).terms == (Term(Is("user", ("me",))), Term(Is("tag", ("me",))))
    for nobody, code in (((), "search_me_nobody"), (None, "search_me_program")):
        with pytest.raises(SearchError) as error:
            read("silva user:bia,me", now_ms=0, me=nobody)
        assert (error.value.at, error.value.length, error.value.problem.code) == (15, 2, code)


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("maria silva", [word("maria"), word("silva")]),
        (" +55 (11) 98765-4321 ana ", [word("55", "11", "98765", "4321", number="+5511987654321"), word("ana")]),
        ('"ana', [word("ana")]),
        ("-ana", [word("ana")]),
        ("stage:LOST", [word("stage", "lost")]),
        ("user:me", [word("user", "me")]),
        ("a:b,c>1", [word("a", "b", "c", "1")]),
        ("Ana@x.example", [word("ana@x.example")]),
        ("ana \x00 \ud800 !", [word("ana")]),
    ],
)
def test_a_text_is_read_as_words(text: str, clauses: list[Clause]) -> None:
    query = read_words(text)
    assert query is not None
    assert [term.clause for term in query.terms] == clauses
    assert not any(term.is_negated for term in query.terms)


@pytest.mark.parametrize("text", ["", " ", '"', "!? -", "🔥"])
def test_a_text_without_words_is_no_query(text: str) -> None:
    assert read_words(text) is None


@examples(300)
@given(text=st.text(max_size=1_200) | st.from_regex(r'([a-z0-9@:"<>=,. \\-]+ )+', fullmatch=True))
def test_any_text_is_words(text: str) -> None:
    query = read_words(text)
    assert query is None or 1 <= len(query.terms) <= 20
