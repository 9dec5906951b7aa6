"""What leads can be grouped and filtered by: by which identities a lead is counted, and what these are called."""

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, NamedTuple, cast

from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Campaign, Ref
from leadloop.core.leads.source import derived_source
from leadloop.core.search.fields import EXACT
from leadloop.core.search.folding import whole
from leadloop.insights.facts import identity
from leadloop.insights.model import CUSTOM
from leadloop.insights.subject import Subject


class Identity(NamedTuple):
    """What a thing is known by: which of its members (empty for a plain word), and that."""

    by: str
    value: str


class Found(NamedTuple):
    """A thing in a lead, and what the lead calls it."""

    identity: Identity
    name: str | None = None


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
    find: Callable[[Subject], Iterable[Found]]
    """Nothing where the lead has none."""
    texts: Callable[[Subject], Iterable[str | None]]
    """What a filter compares: ids and names as the lead has them."""
    is_many: bool = False
    """Whether a lead can have several."""


class Names:
    """What identities are called now: as the lead that was created last calls them, of those that do.

    This is where a catalogue has its say.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, Identity], tuple[str, str]] = {}

    def learn(self, dimension: str, found: Found, lead_id: str) -> None:
        if found.name:
            known = self._known.get((dimension, found.identity))
            if known is None or known < (lead_id, found.name):
                self._known[dimension, found.identity] = lead_id, found.name

    def present(self, dimension: str, identity: Identity) -> str | None:
        return self._known.get((dimension, identity), (None, None))[1]


def _word(text: str | None) -> list[Found]:
    return [Found(Identity("", text))] if text else []


def _ref(known_id: str | None, name: str | None) -> list[Found]:
    if known_id:
        return [Found(Identity("id", known_id), name)]
    return [Found(Identity("name", name), name)] if name else []


def of_ref(ref: Ref | None) -> list[Found]:
    return [] if ref is None else _ref(ref.id, ref.name)


def _refs(refs: Iterable[Ref | None]) -> list[Found]:
    """Each thing once, under the last name that there is."""
    every = [found for ref in refs for found in of_ref(ref)]
    return list({found.identity: found for found in sorted(every, key=lambda found: found.name or "")}.values())


def _user(subject: Subject) -> list[Found]:
    by, value = identity(subject.owner)
    if by is None or value is None or subject.owner is None:
        return []
    return [Found(Identity("userId" if by == "user_id" else by, value), subject.owner.name)]


def _custom(word: str, known_id: str | None, name: str | None) -> list[Found]:
    """A source or type: the account's own go by id, else name; the others are words."""
    return (_ref(known_id, name) if word == CUSTOM else []) or [Found(Identity("name", word), word)]


def _campaign(subject: Subject) -> list[Found]:
    """Google's id stands for a campaign that has none of ours."""
    found = subject.campaign or Campaign()
    return _ref(found.id or str(subject.google_campaign_id or ""), found.name)


def _of_campaign(known_id: str, name: str) -> Callable[[Subject], list[Found]]:
    return lambda subject: _ref(getattr(subject.campaign, known_id, None), getattr(subject.campaign, name, None))


def provider(subject: Subject) -> str:
    """Whose campaign the lead came from, as in the Expad arrays. The source as it is written says nothing of it."""
    word = derived_source(cast(Lead, subject))
    return word if word in ("GOOGLE", "FACEBOOK") else "NONE"


def _exact(field: str) -> Callable[[Subject], Iterable[str | None]]:
    """As the search language has it."""
    return cast(Callable[[Subject], Iterable[str | None]], EXACT[field])


def _column(name: str) -> Dimension:
    return Dimension(name, Form.WORD, (), lambda subject: _word(getattr(subject, name)), _exact(name))


def _named(name: str, member: str, field: str) -> Dimension:
    return Dimension(name, Form.NAMED, (member,), lambda subject: of_ref(getattr(subject, member)), _exact(field))


def _utm(name: str) -> Dimension:
    return Dimension(name, Form.WORD, ("params",), lambda subject: _word(subject.params.get(name)), _exact(name))


def _source_or_type(kind: str) -> Dimension:
    members = f"custom_{kind}_id", f"custom_{kind}_name"

    def find(subject: Subject) -> list[Found]:
        return _custom(getattr(subject, kind), getattr(subject, members[0]), getattr(subject, members[1]))

    return Dimension(kind, Form.NAMED, members, find, _exact(kind))


def _products(subject: Subject) -> list[Found]:
    return _refs(line.product for line in subject.cart.lines) if subject.cart else []


def _tags(subject: Subject) -> list[Found]:
    return _refs(Ref(id=tag.id, name=tag.name) for tag in subject.tags)


_PROVIDER_MEMBERS = (
    *("google_lead_id", "google_campaign_id", "google_adgroup_id", "google_creative_id", "google_form_id"),
    *("facebook_lead_id", "facebook_form_id", "facebook_page_id", "facebook_ad_id", "facebook_adgroup_id"),
    *("attribution", "whatsapp_click_id", "form_id", "call_id"),
)
_ALL = (
    Dimension("user", Form.USER, ("owner",), _user, _exact("user")),
    _named("unit", "unit", "unit"),
    _named("department", "department", "department"),
    _named("interest", "interest", "interest"),
    _source_or_type("source"),
    _source_or_type("type"),
    Dimension("campaign", Form.NAMED, ("campaign", "google_campaign_id"), _campaign, _exact("campaign")),
    Dimension("client", Form.NAMED, ("campaign",), _of_campaign("client_id", "client_name"), _exact("client")),
    Dimension("offer", Form.NAMED, ("campaign",), _of_campaign("offer_id", "offer_name"), _exact("offer")),
    *(_utm(f"utm_{what}") for what in ("source", "medium", "campaign", "term", "content")),
    Dimension("tag", Form.NAMED, ("tags",), _tags, _exact("tag"), is_many=True),
    Dimension("product", Form.NAMED, ("cart",), _products, _exact("product"), is_many=True),
    _column("stage"),
    _column("status"),
    _named("lossReason", "loss_reason", "loss"),
    Dimension("provider", Form.WORD, _PROVIDER_MEMBERS, lambda s: _word(provider(s)), lambda s: (provider(s),)),
)
DIMENSIONS = {dimension.name: dimension for dimension in _ALL}

Filters = dict[str, frozenset[str]]
"""By the name of a dimension: any of these folded texts."""


def passes(filters: Filters, subject: Subject) -> bool:
    """Whether the lead has one of the texts for each dimension that is filtered by, as a whole and folded."""
    return all(
        any(text and whole(text) in wanted for text in DIMENSIONS[name].texts(subject))
        for name, wanted in filters.items()
    )


def key_of(dimension: Dimension, identity: Identity | None, names: Names) -> Any:
    """What is shown of a group's key; `None` for the leads that have none."""
    if identity is None:
        return None
    if dimension.form is Form.WORD:
        return identity.value
    shown = dict.fromkeys(dimension.form.value)
    return shown | {"name": names.present(dimension.name, identity), identity.by: identity.value}
