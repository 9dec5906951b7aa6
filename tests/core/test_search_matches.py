"""Random queries find the same random leads as a plain recount."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from leadloop.core.leads.model import Lead, blank_lead
from leadloop.core.leads.parts import Campaign, Cart, CartLine, Product, Ref, Tag, User
from leadloop.core.search.fields import EXACT, OPTIONAL
from leadloop.core.search.matches import matches
from leadloop.core.search.read import read
from leadloop.core.search.searchable import search_document
from leadloop.core.search.show import show
from tests.core.histories import HISTORIES, History, desk_with
from tests.support.examples import examples

pytestmark = pytest.mark.slow

ACCOUNT = "a" * 24
DAY_MS = 24 * 60 * 60 * 1_000
FIRST_DAY_MS = 1_767_225_600_000
"""2026-01-01."""

WORDS = {"João": "joao", "JOANA": "joana", "Silva": "silva", "silvÉrio": "silverio", "Ana": "ana", "Łu": "lu"}
"""Values as written → folded by hand."""
NAMES = {"Centro": "centro", "São Paulo": "sao paulo", "SAO PAULO": "sao paulo", 'a "b", c': 'a "b", c', "🔥 x": "🔥 x"}
HOSTS = ("example.com", "joana.org")
Finds = Callable[[Lead], bool]


class Asked(NamedTuple):
    """A term as text, and a plain recount of the leads that it finds."""

    text: str
    finds: Finds


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


names = st.sampled_from(sorted(NAMES))
refs = st.none() | st.builds(Ref, id=st.sampled_from(["r1", "R2"]) | st.none(), name=names | st.none())
full_names = st.lists(st.sampled_from(sorted(WORDS)), min_size=1, max_size=3).map(" ".join)
emails = st.builds("{}.{}@{}".format, *[st.sampled_from(["ana", "silva", "joana"])] * 2, st.sampled_from(HOSTS))
phones = st.sampled_from(["+55 11 98765-4321", "11 98765-4322", "(21) 8765-4321"])
micros = st.integers(0, 3).map(lambda n: n * 500_000)
days = st.integers(0, 60).map(lambda day: FIRST_DAY_MS + day * DAY_MS)


@st.composite
def leads(draw: st.DrawFn) -> Lead:
    optional: dict[str, st.SearchStrategy[object]] = {
        "name": full_names,
        "email": emails,
        "phone": phones,
        "unit": refs,
        "loss_reason": refs,
        "tags": st.lists(st.builds(Tag, name=names), max_size=2),
        "owner": st.builds(User, id=st.just("u1"), name=names | st.none()),
        "cart": st.builds(
            Cart,
            lines=st.lists(st.builds(CartLine, product=st.builds(Product, name=names)), max_size=2),
            value_micros=micros | st.none(),
        ),
        "campaign": st.builds(Campaign, client_abbrev=names),
        "params": st.fixed_dictionaries({}, optional={"utm_source": names}),
        "source": st.sampled_from(["GOOGLE", "CUSTOM"]),
        "sale_value_micros": micros,
    }
    fields = draw(st.fixed_dictionaries({"lead_date_ms": days}, optional=optional))
    return structs.replace(blank_lead(ACCOUNT, draw(st.sampled_from(["b" * 24, "c" * 24])), draw(days)), **fields)


def folded_names(lead: Lead) -> list[str]:
    return [WORDS[word] for word in (lead.name or "").split()]


def email_words(lead: Lead) -> list[str]:
    return (lead.email or "").replace("@", ".").split(".") if lead.email else []


def begins(words: Sequence[str], start: str) -> bool:
    return any(word.startswith(start) for word in words)


def has_run(words: Sequence[str], run: Sequence[str]) -> bool:
    return f" {' '.join(run)} " in f" {' '.join(words)} "


@st.composite
def word_terms(draw: st.DrawFn) -> Asked:
    first, second = draw(st.sampled_from(sorted(WORDS.items()))), draw(st.sampled_from(sorted(WORDS.items())))
    start = draw(st.integers(1, 6))
    piece = first[1][:start]
    return draw(
        st.sampled_from(
            [
                Asked(first[0], lambda lead: begins(folded_names(lead) + email_words(lead), first[1])),
                Asked(piece, lambda lead: begins(folded_names(lead) + email_words(lead), piece)),
                Asked(f"name:{piece}", lambda lead: begins(folded_names(lead), piece)),
                Asked(f"email:{piece}", lambda lead: begins(email_words(lead), piece)),
                Asked(f'name:"{first[0]}"', lambda lead: first[1] in folded_names(lead)),
                Asked(
                    f'"{first[0]} {second[0]}"',
                    lambda lead: (
                        has_run(folded_names(lead), [first[1], second[1]])
                        or has_run(email_words(lead), [first[1], second[1]])
                    ),
                ),
                Asked(f"@{HOSTS[0]}", lambda lead: (lead.email or "").endswith("@example.com")),
                Asked("ana.silva@joana", lambda lead: (lead.email or "").startswith("ana.silva@joana")),
                Asked('"ana.silva@joana.org"', lambda lead: lead.email == "ana.silva@joana.org"),
                Asked("b" * 24, lambda lead: lead.id == "b" * 24),
            ]
        )
    )


PHONE_TERMS = st.sampled_from(
    [
        Asked('"4321"', lambda lead: (lead.phone or "").endswith("4321")),
        Asked('"011 98765-4321"', lambda lead: "11 98765-4321" in (lead.phone or "")),
        Asked('phone:"+55 11 8765-4322",9999', lambda lead: lead.phone == "11 98765-4322"),
        Asked("phone:987654321", lambda lead: (lead.phone or "").endswith("8765-4321")),
    ]
)

TEXTS_OF: dict[str, Callable[[Lead], list[str | None]]] = {
    "unit": lambda lead: [lead.unit.id, lead.unit.name] if lead.unit else [],
    "loss": lambda lead: [lead.loss_reason.id, lead.loss_reason.name] if lead.loss_reason else [],
    "tag": lambda lead: [tag.name for tag in lead.tags],
    "user": lambda lead: [lead.owner.id, lead.owner.name] if lead.owner else [],
    "product": lambda lead: [line.product.name for line in (lead.cart.lines if lead.cart else []) if line.product],
    "client": lambda lead: [lead.campaign.client_abbrev] if lead.campaign else [],
    "utm_source": lambda lead: [lead.params.get("utm_source")],
    "source": lambda lead: [lead.source or "API"],
}
VALUES = {**NAMES, "r1": "r1", "R2": "r2", "u1": "u1", "GOOGLE": "google", "CUSTOM": "custom", "API": "api"}


@st.composite
def exact_terms(draw: st.DrawFn) -> Asked:
    field = draw(st.sampled_from(sorted(TEXTS_OF)))
    values = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=2))
    wanted = {VALUES[value] for value in values}
    return Asked(
        f"{field}:{','.join(map(quoted, values))}",
        lambda lead: any(VALUES[text] in wanted for text in TEXTS_OF[field](lead) if text),
    )


@st.composite
def has_terms(draw: st.DrawFn) -> Asked:
    field = draw(st.sampled_from(sorted(TEXTS_OF.keys() - {"source"})))
    return Asked(f"has:{field},offer", lambda lead: any(TEXTS_OF[field](lead)))


def value(lead: Lead) -> int | None:
    if lead.sale_value_micros is not None:
        return lead.sale_value_micros
    return lead.cart.value_micros if lead.cart else None


def day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).date().isoformat()


@st.composite
def measure_terms(draw: st.DrawFn) -> Asked:
    """Times of these leads are all at the beginning of a day, so that texts of days compare like them."""
    operator = draw(st.sampled_from(["<", "<=", ">", ">=", ":"]))
    if draw(st.booleans()):
        amount = draw(micros)
        return Asked(
            f"value{operator}{Decimal(amount) / 1_000_000}",
            lambda lead: (amount_of := value(lead)) is not None and compared(operator, amount_of, amount),
        )
    at_ms, until_ms = sorted((draw(days), draw(days)))
    if draw(st.booleans()):
        text = f"created:{day(at_ms)}..{day(until_ms)}"
        return Asked(text, lambda lead: day(at_ms) <= day(lead.created_at_ms) <= day(until_ms))
    return Asked(f"date{operator}{day(at_ms)}", lambda lead: compared(operator, lead.lead_date_ms, at_ms))


def compared(operator: str, left: int, right: int) -> bool:
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right, ":": left == right}[
        operator
    ]


TERMS = st.one_of(word_terms(), PHONE_TERMS, exact_terms(), has_terms(), measure_terms())


@examples(600)
@given(lead=leads(), terms=st.lists(st.tuples(TERMS, st.booleans()), min_size=1, max_size=3))
def test_a_lead_is_found_when_a_plain_recount_says_so(lead: Lead, terms: list[tuple[Asked, bool]]) -> None:
    query = read(" ".join(("-" if out else "") + term.text for term, out in terms), now_ms=0)
    assert matches(query, lead) == all(term.finds(lead) != out for term, out in terms)
    assert matches(read(show(query), now_ms=0), lead) == matches(query, lead)


@examples(100)
@given(history=HISTORIES)
def test_every_lead_is_found_by_what_it_has(history: History) -> None:
    lead = desk_with(history).present
    document = search_document(lead)
    for field, text in document.exact:
        assert matches(read(f"{field}:{quoted(text)}", now_ms=0), lead)
    for field in OPTIONAL:
        assert matches(read(f"has:{field}", now_ms=0), lead) == (field in document.has)
    assert {field for field, _ in document.exact} <= EXACT.keys()
    for word in document.words:
        assert matches(read(quoted(word), now_ms=0), lead)
