"""What one lead adds to the Insights, as a pure function of the lead; the engines keep it beside the lead."""

from typing import NamedTuple, TypeAlias

import msgspec
from msgspec import Struct

from leadloop.core.leads.cart import worth_micros
from leadloop.core.leads.matching import Country
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Product, User
from leadloop.core.leads.source import derived_source, source_of, type_of
from leadloop.core.leads.status import stage_key
from leadloop.derived.projection import Projection

CUSTOM = "CUSTOM"
IDENTIFYING = ("id", "user_id", "email", "name")
SALE = "COMPLETE"
"""The stage of a sale (expad.md section 2)."""

_ENCODE = msgspec.json.Encoder().encode
_NO_PRODUCT = Product()


class LeadTraits(Struct, frozen=True, array_like=True, tag="lead"):
    """What a lead is counted under."""

    stage: str
    source: str
    kind: str
    """Its type."""
    provider: str
    """Whose campaign it came from: GOOGLE (also when both), FACEBOOK, NONE."""
    user_by: str | None
    """Which member of its user it is known by: the first of `IDENTIFYING` that is set."""
    user: str | None
    source_id: str | None
    source_name: str | None
    """Of a CUSTOM source only; the id may stand beside any."""
    kind_id: str | None
    kind_name: str | None
    """Of a CUSTOM type only."""


class ProductTraits(Struct, frozen=True, array_like=True, tag="product"):
    """A product that was sold, and the source of the lead that bought it."""

    id: str | None
    name: str | None
    source: str
    source_id: str | None
    source_name: str | None


Traits: TypeAlias = LeadTraits | ProductTraits


class Fact(NamedTuple):
    """One thing to be counted on the lead's date. The first of a lead is the lead itself, the others what it bought.

    `traits` is their JSON. A product has an amount and a value, a lead that is a sale has a value.
    """

    traits: str
    amount_micros: int | None = None
    value_micros: int | None = None


def facts(lead: Lead) -> list[Fact]:
    """None of a deleted lead; of any other, the lead itself first."""
    if lead.deleted_at_ms is not None:
        return []
    source = source_of(lead)
    source_name = lead.custom_source_name if source == CUSTOM else None
    traits = _lead_traits(lead, source, source_name)
    if stage_key(lead.stage) != SALE:
        return [Fact(_ENCODE(traits).decode())]
    found = [Fact(_ENCODE(traits).decode(), None, worth_micros(lead))]
    for line in lead.cart.lines if lead.cart else ():
        product = line.product or _NO_PRODUCT
        if product.id or product.name:
            sold = ProductTraits(product.id, product.name, source, lead.custom_source_id, source_name)
            found.append(Fact(_ENCODE(sold).decode(), line.amount_micros, line.value_micros))
    return found


def identity(user: User | None) -> tuple[str, str] | tuple[None, None]:
    """By which of its members a user is known, and that member; nothing where there is none."""
    if user is not None:
        for member in IDENTIFYING:
            if value := getattr(user, member):
                return member, value
    return None, None


def provider(lead: Lead) -> str:
    """Whose campaign the lead came from. The source as it is written says nothing of it."""
    word = derived_source(lead)
    return word if word in ("GOOGLE", "FACEBOOK") else "NONE"


def _lead_traits(lead: Lead, source: str, source_name: str | None) -> LeadTraits:
    kind, (user_by, user) = type_of(lead), identity(lead.owner)
    is_custom_type = kind == CUSTOM
    return LeadTraits(
        lead.stage,
        source,
        kind,
        provider(lead),
        user_by,
        user,
        lead.custom_source_id,
        source_name,
        lead.custom_type_id if is_custom_type else None,
        lead.custom_type_name if is_custom_type else None,
    )


FactRow: TypeAlias = tuple[str, str, int, int, int | None, int | None, str]
"""Account, lead, number of the fact, date of the lead, amount, value, traits."""


def _rows(lead: Lead, _: Country) -> list[FactRow]:
    return [
        (lead.account_id, lead.id, n, lead.lead_date_ms, fact.amount_micros, fact.value_micros, fact.traits)
        for n, fact in enumerate(facts(lead))
    ]


FACTS: Projection[FactRow] = Projection("facts", {"facts": _rows})
