"""The dimensions by which leads can be grouped and filtered, and how to read them from a lead."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec

from leadloop.core.catalogue.parents import PARENT_MEMBERS, with_parents
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
    """How a group's key is shown: as a text, as id and name, or as the identifiers of a user."""

    WORD = ()
    NAMED = ("id", "name")
    USER = ("id", "userId", "email", "name")


class Dimension(NamedTuple):
    name: str
    form: Form
    find: Callable[[LeadView], Iterable[Any]]
    """The lead's references or words for the dimension; empty if it has none."""
    kind: str | None = None
    """The kind of catalogue entries to which its references resolve."""
    is_many: bool = False
    """Whether a lead can have several values."""

    @property
    def members(self) -> Sequence[str]:
        """The members of the document that it reads, as recorded by `tools/recorded_reads.py`."""
        return MEMBERS[self.name]


def _word(text: str | None) -> list[str]:
    return [text] if text else []


def _member(member: str) -> Callable[[LeadView], Iterable[Any]]:
    def find(lead: LeadView) -> Iterable[Any]:
        reference = getattr(lead, member)
        return () if reference is None else (reference,)

    return find


def _with_parents(member: str) -> Callable[[LeadView], Iterable[Any]]:
    """With parents, which distinguish departments or interests with the same name."""

    def find(lead: LeadView) -> Iterable[Any]:
        reference = getattr(lead, member)
        return () if reference is None else (with_parents(reference, lead.unit, lead.department),)

    return find


def _campaign(lead: LeadView) -> list[Ref]:
    """The id of the campaign, else Google's id of it."""
    campaign = lead.campaign or Campaign()
    return [Ref(id=campaign.id or str(lead.google_campaign_id or ""), name=campaign.name)]


def _of_campaign(id_field: str, name_field: str) -> Callable[[LeadView], list[Ref]]:
    return lambda lead: [Ref(id=getattr(lead.campaign, id_field, None), name=getattr(lead.campaign, name_field, None))]


def _provider(lead: LeadView) -> str:
    return provider(cast(Lead, lead))


def _column(name: str) -> Dimension:
    return Dimension(name, Form.WORD, lambda lead: _word(getattr(lead, name)))


def _entity(name: str, member: str, kind: str, form: Form = Form.NAMED) -> Dimension:
    return Dimension(name, form, _with_parents(member) if member in PARENT_MEMBERS else _member(member), kind)


def _utm(name: str) -> Dimension:
    return Dimension(name, Form.WORD, lambda lead: _word(lead.params.get(name)))


def _source_or_type(name: str) -> Dimension:
    own_id, own_name = f"custom_{name}_id", f"custom_{name}_name"

    def find(lead: LeadView) -> list[str] | list[Ref]:
        """The account's own source or type, if the lead has one with an id or a name; else the word."""
        word = getattr(lead, name)
        reference = Ref(id=getattr(lead, own_id), name=getattr(lead, own_name))
        return [reference] if word == CUSTOM and (reference.id or reference.name) else [word]

    return Dimension(name, Form.NAMED, find, f"{name}s")


def _products(lead: LeadView) -> list[Any]:
    return [line.product for line in lead.cart.lines if line.product] if lead.cart else []


_ALL = (
    _entity("user", "owner", "users", Form.USER),
    _entity("unit", "unit", "units"),
    _entity("department", "department", "departments"),
    _entity("interest", "interest", "interests"),
    _source_or_type("source"),
    _source_or_type("type"),
    Dimension("campaign", Form.NAMED, _campaign),
    Dimension("client", Form.NAMED, _of_campaign("client_id", "client_name")),
    Dimension("offer", Form.NAMED, _of_campaign("offer_id", "offer_name")),
    *(_utm(f"utm_{part}") for part in ("source", "medium", "campaign", "term", "content")),
    Dimension("tag", Form.NAMED, lambda lead: lead.tags, "tags", is_many=True),
    Dimension("product", Form.NAMED, _products, "products", is_many=True),
    Dimension("stage", Form.WORD, lambda lead: _word(lead.stage)),
    _column("status"),
    _entity("lossReason", "loss_reason", "loss-reasons"),
    Dimension("provider", Form.WORD, lambda s: _word(_provider(s))),
)
DIMENSIONS = {dimension.name: dimension for dimension in _ALL}

Filters = dict[str, frozenset[str]]
"""Name of a dimension → texts, any of which must match."""

_WORDS = {"source": frozenset(map(matching_name, SOURCES)), "type": frozenset(map(matching_name, TYPES))}


def is_word(dimension: str, text: str) -> bool:
    """Whether the text is a source or type that both dialects have, in any case."""
    return word_key(dimension, text) in _WORDS.get(dimension, ())


@lru_cache(maxsize=4_096)
def word_key(dimension: str, text: str) -> str:
    """The key that all spellings of a word of a dimension share."""
    if dimension == "stage":
        return stage_key(text)
    return without_prefix(dimension, matching_name(text)) or text
