"""What leads can be grouped and filtered by, and where a lead has it."""

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, NamedTuple, cast

from leadloop.core.catalogue.place import PLACED, placed
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Campaign, Ref
from leadloop.core.leads.source import DERIVING
from leadloop.core.search.fields import EXACT
from leadloop.insights.facts import provider
from leadloop.insights.model import CUSTOM
from leadloop.insights.subject import Subject


class Form(Enum):
    """How the key of a group is shown: a text, id and name, or what users are known by."""

    WORD = ()
    NAMED = ("id", "name")
    USER = ("id", "userId", "email", "name")


class Dimension(NamedTuple):
    name: str
    form: Form
    members: tuple[str, ...]
    """What it needs of the document."""
    find: Callable[[Subject], Iterable[Any]]
    """References as the lead has them, or words; nothing where it has none."""
    texts: Callable[[Subject], Iterable[str | None]]
    """What a filter compares: ids and names as the lead has them."""
    kind: str | None = None
    """What the catalogue has its references under."""
    is_many: bool = False
    """Whether a lead can have several."""


def _word(text: str | None) -> list[str]:
    return [text] if text else []


def _one(member: str) -> Callable[[Subject], Iterable[Any]]:
    def find(subject: Subject) -> Iterable[Any]:
        found = getattr(subject, member)
        return () if found is None else (found,)

    return find


def _placed(member: str) -> Callable[[Subject], Iterable[Any]]:
    """Where the lead is tells two of one name apart."""

    def find(subject: Subject) -> Iterable[Any]:
        found = getattr(subject, member)
        return () if found is None else (placed(found, subject.unit, subject.department),)

    return find


def _campaign(subject: Subject) -> list[Ref]:
    """Google's id stands for a campaign that has none of ours."""
    found = subject.campaign or Campaign()
    return [Ref(id=found.id or str(subject.google_campaign_id or ""), name=found.name)]


def _of_campaign(known_id: str, name: str) -> Callable[[Subject], list[Ref]]:
    return lambda subject: [
        Ref(id=getattr(subject.campaign, known_id, None), name=getattr(subject.campaign, name, None))
    ]


def _provider(subject: Subject) -> str:
    return provider(cast(Lead, subject))


def _exact(field: str) -> Callable[[Subject], Iterable[str | None]]:
    """As the search language has it."""
    return cast(Callable[[Subject], Iterable[str | None]], EXACT[field])


def _column(name: str) -> Dimension:
    return Dimension(name, Form.WORD, (), lambda subject: _word(getattr(subject, name)), _exact(name))


def _thing(name: str, member: str, kind: str, form: Form = Form.NAMED) -> Dimension:
    members = (member, *(one.removesuffix("_id") for one in PLACED.get(member, ())))
    find = _placed(member) if member in PLACED else _one(member)
    return Dimension(name, form, members, find, _exact("loss" if name == "lossReason" else name), kind)


def _utm(name: str) -> Dimension:
    return Dimension(name, Form.WORD, ("params",), lambda subject: _word(subject.params.get(name)), _exact(name))


def _source_or_type(name: str) -> Dimension:
    members = f"custom_{name}_id", f"custom_{name}_name"

    def find(subject: Subject) -> list[str] | list[Ref]:
        """The account's own, where it is one and is known by anything; else the word."""
        word = getattr(subject, name)
        own = Ref(id=getattr(subject, members[0]), name=getattr(subject, members[1]))
        return [own] if word == CUSTOM and (own.id or own.name) else [word]

    return Dimension(name, Form.NAMED, members, find, _exact(name), f"{name}s")


def _products(subject: Subject) -> list[Any]:
    return [line.product for line in subject.cart.lines if line.product] if subject.cart else []


_ALL = (
    _thing("user", "owner", "users", Form.USER),
    _thing("unit", "unit", "units"),
    _thing("department", "department", "departments"),
    _thing("interest", "interest", "interests"),
    _source_or_type("source"),
    _source_or_type("type"),
    Dimension("campaign", Form.NAMED, ("campaign", "google_campaign_id"), _campaign, _exact("campaign")),
    Dimension("client", Form.NAMED, ("campaign",), _of_campaign("client_id", "client_name"), _exact("client")),
    Dimension("offer", Form.NAMED, ("campaign",), _of_campaign("offer_id", "offer_name"), _exact("offer")),
    *(_utm(f"utm_{what}") for what in ("source", "medium", "campaign", "term", "content")),
    Dimension("tag", Form.NAMED, ("tags",), lambda subject: subject.tags, _exact("tag"), "tags", is_many=True),
    Dimension("product", Form.NAMED, ("cart",), _products, _exact("product"), "products", is_many=True),
    _column("stage"),
    _column("status"),
    _thing("lossReason", "loss_reason", "loss-reasons"),
    Dimension("provider", Form.WORD, DERIVING, lambda s: _word(_provider(s)), lambda s: (_provider(s),)),
)
DIMENSIONS = {dimension.name: dimension for dimension in _ALL}

Filters = dict[str, frozenset[str]]
"""By the name of a dimension: any of these folded texts."""
