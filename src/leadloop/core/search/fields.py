"""The fields of the search language, and their values in a lead. A new field of an existing kind is one row here."""

from collections.abc import Callable, Iterable

from leadloop.core.leads.cart import worth_micros
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Campaign, Cart, Ref, User
from leadloop.core.leads.source import TYPE_PREFIX, source_of, type_of

Texts = Iterable[str | None]

_NO_REF, _NO_USER, _NO_CAMPAIGN, _NO_CART = Ref(), User(), Campaign(), Cart()


def _ref(ref: Ref | None) -> Texts:
    ref = ref or _NO_REF
    return ref.id, ref.name


def _user(lead: Lead) -> Texts:
    owner = lead.owner or _NO_USER
    return owner.id, owner.user_id, owner.name, owner.email


def _campaign(lead: Lead) -> Texts:
    campaign = lead.campaign or _NO_CAMPAIGN
    return campaign.id, campaign.name, str(lead.google_campaign_id or "")


def _client(lead: Lead) -> Texts:
    campaign = lead.campaign or _NO_CAMPAIGN
    return campaign.client_id, campaign.client_name, campaign.client_abbrev


def _offer(lead: Lead) -> Texts:
    campaign = lead.campaign or _NO_CAMPAIGN
    return campaign.offer_id, campaign.offer_name, campaign.offer_abbrev


def _products(lead: Lead) -> Texts:
    return [text for line in (lead.cart or _NO_CART).lines for text in _ref(line.product)]


EXACT: dict[str, Callable[[Lead], Texts]] = {
    "stage": lambda lead: (lead.stage,),
    "status": lambda lead: (lead.status,),
    "source": lambda lead: (source_of(lead), lead.custom_source_id, lead.custom_source_name),
    "type": lambda lead: (type_of(lead), lead.custom_type_id, lead.custom_type_name),
    "tag": lambda lead: [text for tag in lead.tags for text in (tag.id, tag.name)],
    "user": _user,
    "unit": lambda lead: _ref(lead.unit),
    "department": lambda lead: _ref(lead.department),
    "interest": lambda lead: _ref(lead.interest),
    "product": _products,
    "loss": lambda lead: _ref(lead.loss_reason),
    "campaign": _campaign,
    "client": _client,
    "offer": _offer,
    "utm_source": lambda lead: (lead.params.get("utm_source"),),
    "utm_medium": lambda lead: (lead.params.get("utm_medium"),),
    "utm_campaign": lambda lead: (lead.params.get("utm_campaign"),),
    "utm_term": lambda lead: (lead.params.get("utm_term"),),
    "utm_content": lambda lead: (lead.params.get("utm_content"),),
    "id": lambda lead: (lead.id,),
    "external": lambda lead: (lead.client_lead_id,),
}
"""Fields that are compared as a whole with any of the lead's texts for them, ids and names alike."""

MEASURES: dict[str, Callable[[Lead], int | None]] = {
    "value": worth_micros,
    "created": lambda lead: lead.created_at_ms,
    "date": lambda lead: lead.lead_date_ms,
}
"""Fields that are compared by size: micros for `value`, ms for the others."""

ID_PREFIX = "lead_"
"""A query may have a lead's id with or without this prefix."""
TEXTS = ("name", "email")
PHONE, HAS = "phone", "has"
_ALWAYS = {"stage", "status", "source", "type", "id", "created", "date"}
OPTIONAL = tuple(field for field in (*TEXTS, PHONE, *EXACT, *MEASURES) if field not in _ALWAYS)
"""The possible values of `has`."""
FIELDS = (*EXACT, *MEASURES, *TEXTS, PHONE, HAS)


_PREFIXES = {"type": TYPE_PREFIX.lower(), "id": ID_PREFIX}


def without_prefix(field: str, value: str) -> str:
    """A folded value as it is indexed and searched: without the optional prefix of its field."""
    prefix = _PREFIXES.get(field)
    while prefix and value.startswith(prefix) and value != prefix:
        value = value.removeprefix(prefix)
    return value
