"""Random leads, and queries of the search language that match some of them: all fields, odd texts, few values each."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from leadloop.core import ids
from leadloop.core.leads.model import FORMAT, Lead
from leadloop.core.leads.parts import Campaign, Cart, CartLine, Department, Interest, Product, Ref, Tag, User
from leadloop.core.search.errors import SearchError
from leadloop.core.search.fields import EXACT, OPTIONAL
from leadloop.core.search.read import read
from leadloop.core.search.searchable import search_document
from leadloop.core.search.tree import Query

START_MS = 1_767_225_600_000
"""2026-01-01."""
DAY_MS = 24 * 60 * 60 * 1_000

WORDS = (
    "João",
    "joana",
    "JO",
    "Silva",
    "silvÉrio",
    "Łu",
    "ana-maria",
    "O'Neil",
    "4321",
    "王小明",
    "さくら",
    "🔥",
    "100%",
    "a_b",
)
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
EMAILS = ("ana.silva@joana.org", "JO@x.test", "jo+4321@X.test", "no address", "a@b@c", "josé@exämple.com", "@joana.org")
PHONES = ("+55 11 98765-4321", "11 8765-4321", "(21) 98765-4322", "0044 20 7946 0018", "4321", "letters", "٤٣٢١٤٣٢١")
TEXTS = (
    "a",
    "A",
    "é",
    "vip 🔥",
    'a "b", c',
    "100%",
    "\\",
    "' OR 1=1 --",
    "x" * 300,
    "x" * 299,
    "王",
    "  two  words ",
    "{}",
)
SOME = st.none() | st.sampled_from(TEXTS)
MICROS = st.sampled_from([None, -1, 0, 1, 500_000, 1_000_000, 2**63 - 1, -(2**63)])
TIMES_MS = st.integers(0, 6).map(lambda n: START_MS + n * DAY_MS // 2)
UTMS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
REFS: st.SearchStrategy[dict[str, Any]] = st.builds(dict, id=SOME, name=SOME)


@st.composite
def leads(draw: st.DrawFn, most: int) -> list[Lead]:
    return [draw(one_lead(n)) for n in range(draw(st.integers(3, most)))]


FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "name": NAMES,
    "email": st.sampled_from(EMAILS),
    "phone": st.sampled_from(PHONES),
    "country": st.sampled_from(["BR", "US"]),
    "stage": st.sampled_from(["NEW", "ACTIVE", "a"]),
    "status": st.sampled_from(["new", "dnc"]),
    "source": st.sampled_from(["GOOGLE", "CUSTOM"]),
    "custom_source_name": st.sampled_from(["google", *TEXTS]),
    "type": st.sampled_from(["FORM", "CUSTOM"]),
    "custom_type_id": SOME,
    "google_campaign_id": st.just(77),
    "tags": st.lists(st.builds(Tag, id=SOME, name=SOME), max_size=2),
    "owner": st.builds(User, id=SOME, user_id=SOME, name=SOME, email=SOME),
    "unit": REFS.map(lambda members: Ref(**members)),
    "department": REFS.map(lambda members: Department(**members)),
    "interest": REFS.map(lambda members: Interest(**members)),
    "loss_reason": REFS.map(lambda members: Ref(**members)),
    "campaign": st.builds(Campaign, id=SOME, name=SOME, client_id=SOME, client_abbrev=SOME, offer_id=SOME),
    "params": st.dictionaries(st.sampled_from(UTMS), st.sampled_from(TEXTS)),
    "client_lead_id": SOME,
    "sale_value_micros": MICROS,
    "cart": st.builds(
        Cart,
        lines=st.lists(st.builds(CartLine, product=st.builds(Product, name=SOME)), max_size=1),
        value_micros=MICROS,
    ),
}


@st.composite
def one_lead(draw: st.DrawFn, n: int) -> Lead:
    created_at_ms = draw(TIMES_MS)
    names = draw(st.sets(st.sampled_from(sorted(FIELDS)), min_size=4))
    members: dict[str, Any] = {"stage": "NEW", "status": "new", **{name: draw(FIELDS[name]) for name in sorted(names)}}
    return Lead(
        format=FORMAT,
        account_id="",
        id=ids.first_id(created_at_ms)[:-4] + f"{n:04}",
        version=1,
        created_at_ms=created_at_ms,
        updated_at_ms=created_at_ms,
        lead_date_ms=draw(TIMES_MS),
        deleted_at_ms=draw(st.sampled_from([None, None, None, 5])),
        **members,
    )


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _begun(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A text, a prefix of one, or one in quotes."""
    return st.builds(lambda text, n: text[: n or None], texts, st.sampled_from([0, 1, 2, 3, 5])) | texts.map(_quoted)


_BARE = _begun(
    st.sampled_from([*WORDS, *EMAILS, *PHONES, *[ids.first_id(START_MS)[:-4] + f"{n:04}" for n in range(3)]])
)
_VALUES = st.sampled_from([*TEXTS, "NEW", "google", "new", "dnc", "77", "form"]).map(_quoted)
_TIMES = st.sampled_from(["2026-01-01", "2026-01-02T12:00Z", "2026-01-03", "2026", "2025", "1969-12-31", "9999-12-30"])
_AMOUNTS = st.sampled_from(["0", "0.5", "-0.000001", "1", "0.000001", "9000000000000"])
_COMPARED = st.sampled_from([":", ">", ">=", "<", "<="])


def _several(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=3).map(",".join)


_TERMS = st.one_of(
    _BARE,
    _BARE,
    st.lists(_BARE, min_size=2, max_size=2).map(" ".join),
    st.builds("{}:{}".format, st.sampled_from(["name", "email", "phone"]), _several(_BARE)),
    st.builds("{}:{}".format, st.sampled_from(sorted(EXACT)), _several(_VALUES)),
    st.builds("has:{}".format, _several(st.sampled_from(OPTIONAL))),
    st.builds("{}{}{}".format, st.sampled_from(["created", "date"]), _COMPARED, _TIMES),
    st.builds("{}:{}..{}".format, st.sampled_from(["created", "date"]), _TIMES, _TIMES),
    st.builds("value{}{}".format, _COMPARED, _AMOUNTS),
    st.builds("value:{}..{}".format, _AMOUNTS, _AMOUNTS),
)


def terms_of(lead: Lead) -> list[str]:
    """Terms that find the lead."""
    document = search_document(lead)
    exact = [f"{field}:{_quoted(text)}" for field, text in sorted(document.exact)]
    words = [*sorted(document.words), " ".join(document.name), *([document.phone[5::-1]] if document.phone else [])]
    present = [f"has:{field}" for field in sorted(document.has)]
    return [*exact, *exact, *filter(None, words), *present, f"id:{lead.id}", lead.id, lead.id]


_SIGNS = st.sampled_from(["", "", "", "-"])
_NUMBERS = st.sampled_from([1, 1, 2, 3])


def _read(text: str) -> Query | None:
    try:
        return read(text, now_ms=START_MS)
    except SearchError:
        return None


@st.composite
def searches(draw: st.DrawFn, terms_of_leads: Sequence[list[str]]) -> Query:
    """Half of the terms come from `terms_of_leads`, which has the terms of one lead in each list (`terms_of`).

    A text that cannot be parsed becomes a query without terms.
    """
    terms = [
        draw(_SIGNS)
        + (draw(st.sampled_from(draw(st.sampled_from(terms_of_leads)))) if draw(st.booleans()) else draw(_TERMS))
        for _ in range(draw(_NUMBERS))
    ]
    return _read(" ".join(terms)) or Query()
