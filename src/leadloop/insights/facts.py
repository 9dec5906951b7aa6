"""What one lead adds to the Insights, as a pure function of the lead; the engines keep it beside the lead.

Whoever makes other facts of the same lead adds a migration that empties `lead_facts` and fills it again: a stored fact
is found by what it is when it is to go.
"""

import msgspec

from leadloop.core.changes import Change
from leadloop.core.leads.cart import worth_micros
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Product, User
from leadloop.core.leads.source import DERIVING, derived_source, source_of, type_of
from leadloop.core.leads.status import stage_key
from leadloop.insights.model import CUSTOM, IDENTIFYING, Fact, LeadTraits, ProductTraits

SALE = "COMPLETE"
"""The stage of a sale (expad.md section 2)."""

_ENCODE = msgspec.json.Encoder().encode
_NO_PRODUCT = Product()

_FIELDS = frozenset(
    {
        *("stage", "lead_date_ms", "deleted_at_ms", "owner", "cart", "sale_value_micros"),
        *("source", "custom_source_id", "custom_source_name", "type", "custom_type_id", "custom_type_name"),
        *DERIVING,
    }
)
"""The fields of a lead that its facts are made of."""


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


def touched_by(change: Change) -> bool:
    """Whether the change can have made other facts of its lead: most have not, and cost nothing more."""
    return any(one.field.split("/", 2)[1] in _FIELDS for one in change.fields)


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
