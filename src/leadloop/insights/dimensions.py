"""What leads can be grouped and filtered by, and where a lead has it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec

from leadloop.core.catalogue.scope import SCOPED, with_scope
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import matching_name
from leadloop.core.leads.parts import Campaign, Ref
from leadloop.core.leads.source import SOURCES, TYPES
from leadloop.core.leads.status import stage_key
from leadloop.core.search.fields import without_prefix
from leadloop.derived.facts import CUSTOM, provider
from leadloop.insights.lead_view import LeadView

FILE = Path(__file__).with_name("members.json")
MEMBERS: Mapping[str, Sequence[str]] = msgspec.json.decode(FILE.read_bytes(), type=dict[str, list[str]])


class Form(Enum):
    """How the key of a group is shown: a text, id and name, or what users are known by."""

    WORD = ()
    NAMED = ("id", "name")
    USER = ("id", "userId", "email", "name")


class Dimension(NamedTuple):
    name: str
    form: Form
    find: Callable[[LeadView], Iterable[Any]]
    """References as the lead has them, or words; nothing where it has none."""
    kind: str | None = None
    """What the catalogue has its references under."""
    is_many: bool = False
    """Whether a lead can have several."""

    @property
    def members(self) -> Sequence[str]:
        """What it needs of the document, as recorded by `tools/recorded_reads.py`."""
        return MEMBERS[self.name]


def _word(text: str | None) -> list[str]:
    return [text] if text else []


def _one(member: str) -> Callable[[LeadView], Iterable[Any]]:
    def find(subject: LeadView) -> Iterable[Any]:
        found = getattr(subject, member)
        return () if found is None else (found,)

    return find


def _placed(member: str) -> Callable[[LeadView], Iterable[Any]]:
    """Where the lead is tells two of one name apart."""

    def find(subject: LeadView) -> Iterable[Any]:
        found = getattr(subject, member)
        return () if found is None else (with_scope(found, subject.unit, subject.department),)

    return find


def _campaign(subject: LeadView) -> list[Ref]:
    """Google's id stands for a campaign that has none of ours."""
    found = subject.campaign or Campaign()
    return [Ref(id=found.id or str(subject.google_campaign_id or ""), name=found.name)]


def _of_campaign(known_id: str, name: str) -> Callable[[LeadView], list[Ref]]:
    return lambda subject: [
        Ref(id=getattr(subject.campaign, known_id, None), name=getattr(subject.campaign, name, None))
    ]


def _provider(subject: LeadView) -> str:
    return provider(cast(Lead, subject))


def _column(name: str) -> Dimension:
    return Dimension(name, Form.WORD, lambda subject: _word(getattr(subject, name)))


def _thing(name: str, member: str, kind: str, form: Form = Form.NAMED) -> Dimension:
    return Dimension(name, form, _placed(member) if member in SCOPED else _one(member), kind)


def _utm(name: str) -> Dimension:
    return Dimension(name, Form.WORD, lambda subject: _word(subject.params.get(name)))


def _source_or_type(name: str) -> Dimension:
    own_id, own_name = f"custom_{name}_id", f"custom_{name}_name"

    def find(subject: LeadView) -> list[str] | list[Ref]:
        """The account's own, where it is one and is known by anything; else the word."""
        word = getattr(subject, name)
        own = Ref(id=getattr(subject, own_id), name=getattr(subject, own_name))
        return [own] if word == CUSTOM and (own.id or own.name) else [word]

    return Dimension(name, Form.NAMED, find, f"{name}s")


def _products(subject: LeadView) -> list[Any]:
    return [line.product for line in subject.cart.lines if line.product] if subject.cart else []


_ALL = (
    _thing("user", "owner", "users", Form.USER),
    _thing("unit", "unit", "units"),
    _thing("department", "department", "departments"),
    _thing("interest", "interest", "interests"),
    _source_or_type("source"),
    _source_or_type("type"),
    Dimension("campaign", Form.NAMED, _campaign),
    Dimension("client", Form.NAMED, _of_campaign("client_id", "client_name")),
    Dimension("offer", Form.NAMED, _of_campaign("offer_id", "offer_name")),
    *(_utm(f"utm_{what}") for what in ("source", "medium", "campaign", "term", "content")),
    Dimension("tag", Form.NAMED, lambda subject: subject.tags, "tags", is_many=True),
    Dimension("product", Form.NAMED, _products, "products", is_many=True),
    Dimension("stage", Form.WORD, lambda subject: _word(subject.stage)),
    _column("status"),
    _thing("lossReason", "loss_reason", "loss-reasons"),
    Dimension("provider", Form.WORD, lambda s: _word(_provider(s))),
)
DIMENSIONS = {dimension.name: dimension for dimension in _ALL}

Filters = dict[str, frozenset[str]]
"""By the name of a dimension: any of these texts."""

_WORDS = {"source": frozenset(map(matching_name, SOURCES)), "type": frozenset(map(matching_name, TYPES))}


def is_word(dimension: str, text: str) -> bool:
    """Whether it is a word that both dialects have for a source or type, in any case."""
    return word_key(dimension, text) in _WORDS.get(dimension, ())


@lru_cache(maxsize=4_096)
def word_key(dimension: str, text: str) -> str:
    """By what two spellings of a word of a dimension are one."""
    if dimension == "stage":
        return stage_key(text)
    return without_prefix(dimension, matching_name(text)) or text
