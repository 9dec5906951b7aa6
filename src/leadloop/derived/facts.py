"""The facts that a lead adds to the Insights, as a pure function of the lead. The engines store them with the lead."""

from typing import NamedTuple, TypeAlias

import msgspec
from msgspec import Struct

from leadloop.core.catalogue.model import address_key
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
    """The attributes by which the Insights group a lead."""

    stage: str
    source: str
    kind: str
    """The lead's type."""
    provider: str
    """The provider of its campaign: GOOGLE (also if both apply), FACEBOOK or NONE."""
    user_by: str | None
    """The member that identifies its user: see `identity`."""
    user: str | None
    source_id: str | None
    source_name: str | None
    """Set for a CUSTOM source only; the id may be set for any source."""
    kind_id: str | None
    kind_name: str | None
    """Set for a CUSTOM type only, like the id."""
    currency: str | None = None
    """The currency of a sale, if the lead has one of its own."""


class ProductTraits(Struct, frozen=True, array_like=True, tag="product"):
    """A sold product, and the source of the lead that bought it."""

    id: str | None
    name: str | None
    source: str
    source_id: str | None
    source_name: str | None
    currency: str | None = None


Traits: TypeAlias = LeadTraits | ProductTraits


class Fact(NamedTuple):
    """One fact, counted on the lead's date. The first fact of a lead is the lead itself, the others are its products.

    `traits` is the JSON of `Traits`. A product has an amount and a value; a lead has a value if it is a sale.
    """

    traits: str
    amount_micros: int | None = None
    value_micros: int | None = None


def facts(lead: Lead) -> list[Fact]:
    """The facts of a lead, the lead itself first; empty for a deleted lead."""
    if lead.deleted_at_ms is not None:
        return []
    source = source_of(lead)
    source_name = lead.custom_source_name if source == CUSTOM else None
    if stage_key(lead.stage) != SALE:
        return [Fact(_encode(_lead_traits(lead, source, source_name)))]
    traits = _lead_traits(lead, source, source_name, lead.currency)
    lead_facts = [Fact(_encode(traits), None, worth_micros(lead))]
    for line in lead.cart.lines if lead.cart else ():
        product = line.product or _NO_PRODUCT
        if product.id or product.name:
            sold = ProductTraits(product.id, product.name, source, lead.custom_source_id, source_name, lead.currency)
            lead_facts.append(Fact(_encode(sold), line.amount_micros, line.value_micros))
    return lead_facts


def _encode(traits: Traits) -> str:
    """The traits as JSON, without an unset currency: so earlier versions wrote them."""
    text = _ENCODE(traits).decode()
    return text if traits.currency else text.removesuffix(",null]") + "]"


def identity(user: User | None) -> tuple[str, str] | tuple[None, None]:
    """The member that identifies a user, and its value; `None` for both if there is none. An e-mail without a key
    (`n/a`) identifies nobody."""
    if user is not None:
        for member in IDENTIFYING:
            value = getattr(user, member)
            if value and (member != "email" or address_key(value) is not None):
                return member, value
    return None, None


def provider(lead: Lead) -> str:
    """The provider of the lead's campaign. The written source does not decide it."""
    word = derived_source(lead)
    return word if word in ("GOOGLE", "FACEBOOK") else "NONE"


def _lead_traits(lead: Lead, source: str, source_name: str | None, currency: str | None = None) -> LeadTraits:
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
        currency,
    )


FactRow: TypeAlias = tuple[str, str, int, int, int | None, int | None, str]
"""Account, lead, number of the fact, date of the lead, amount, value, traits."""


def _rows(lead: Lead, _: Country) -> list[FactRow]:
    return [
        (lead.account_id, lead.id, n, lead.lead_date_ms, fact.amount_micros, fact.value_micros, fact.traits)
        for n, fact in enumerate(facts(lead))
    ]


FACTS: Projection[FactRow] = Projection("facts", {"facts": _rows})
