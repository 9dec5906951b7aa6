"""What a lead is counted under and found by, in plain Python, for the recount of the free Insights."""

from collections.abc import Callable, Mapping
from typing import Any

from leadloop.core.leads.model import Lead
from leadloop.core.leads.source import source_of, type_of
from leadloop.core.search.folding import whole

WORDS = (
    "stage",
    "status",
    "provider",
    *(f"utm_{what}" for what in ("source", "medium", "campaign", "term", "content")),
)

Query = Mapping[str, str]
Thing = dict[str, str | None]
"""What a thing is shown as, with the name as this lead has it."""


def ref(known_id: str | None, name: str | None) -> list[Thing]:
    if known_id:
        return [{"id": known_id, "name": name}]
    return [{"id": None, "name": name}] if name else []


def things(lead: Lead, by: str) -> list[Any]:
    if by in WORDS:
        word = {"stage": lead.stage, "status": lead.status, "provider": provider(lead)}.get(by) or lead.params.get(by)
        return [word] if word else []
    if by == "user":
        return user(lead)
    if by in ("source", "type"):
        word = source_of(lead) if by == "source" else type_of(lead)
        own = getattr(lead, f"custom_{by}_id"), getattr(lead, f"custom_{by}_name")
        return (ref(*own) if word == "CUSTOM" else []) or [{"id": None, "name": word}]
    campaign = lead.campaign
    if by == "campaign":
        google = str(lead.google_campaign_id) if lead.google_campaign_id else None
        return ref((campaign.id if campaign else None) or google, campaign.name if campaign else None)
    if by in ("client", "offer"):
        return ref(getattr(campaign, f"{by}_id"), getattr(campaign, f"{by}_name")) if campaign else []
    if by == "tag":
        return [thing for tag in lead.tags for thing in ref(tag.id, tag.name)]
    if by == "product":
        return [thing for thing, _ in lines(lead)]
    found = getattr(lead, {"lossReason": "loss_reason"}.get(by, by))
    return ref(found.id, found.name) if found else []


def user(lead: Lead) -> list[Thing]:
    owner = lead.owner
    members = {"id": "id", "userId": "user_id", "email": "email", "name": "name"}
    for shown, member in members.items():
        if owner and (value := getattr(owner, member)):
            return [{**dict.fromkeys(members), "name": owner.name, shown: value}]
    return []


def provider(lead: Lead) -> str:
    clicks = lead.attribution
    named = ("lead_id", "campaign_id", "adgroup_id", "creative_id", "form_id")
    if any(getattr(lead, f"google_{name}") for name in named):
        return "GOOGLE"
    if clicks and (clicks.gclid or clicks.gbraid or clicks.wbraid):
        return "GOOGLE"
    if any(getattr(lead, f"facebook_{name}") for name in ("lead_id", "form_id", "page_id", "ad_id", "adgroup_id")):
        return "FACEBOOK"
    return "FACEBOOK" if clicks and (clicks.fbclid or clicks.fbc or clicks.fbp) else "NONE"


def lines(lead: Lead) -> list[tuple[Thing, int]]:
    """The products of the cart, and the values of their lines."""
    every = lead.cart.lines if lead.cart else []
    return [
        (thing, line.value_micros or 0)
        for line in every
        if line.product
        for thing in ref(line.product.id, line.product.name)
    ]


def identity(thing: Any) -> tuple[str, str]:
    """By what it is known."""
    if isinstance(thing, str):
        return "", thing
    return next((member, value) for member, value in thing.items() if value and (member != "name" or only_name(thing)))


def only_name(thing: Thing) -> bool:
    return not any(value for member, value in thing.items() if member != "name")


def filtered(lead: Lead, query: Query) -> bool:
    for name, values in query.items():
        if name in WORDS or name in FILTERS:
            wanted = {whole(value) for value in values.split(",")}
            if not wanted & {whole(text) for text in FILTERS.get(name, plain(name))(lead) if text}:
                return False
    return True


def plain(name: str) -> Callable[[Lead], list[Any]]:
    return lambda lead: things(lead, name)


def members(part: Any, *names: str) -> list[Any]:
    return [getattr(part, name) for name in names] if part else []


FILTERS: dict[str, Callable[[Lead], list[Any]]] = {
    "user": lambda lead: members(lead.owner, "id", "user_id", "email", "name"),
    "unit": lambda lead: members(lead.unit, "id", "name"),
    "department": lambda lead: members(lead.department, "id", "name"),
    "interest": lambda lead: members(lead.interest, "id", "name"),
    "lossReason": lambda lead: members(lead.loss_reason, "id", "name"),
    "source": lambda lead: [source_of(lead), lead.custom_source_id, lead.custom_source_name],
    "type": lambda lead: [type_of(lead), lead.custom_type_id, lead.custom_type_name],
    "campaign": lambda lead: [*members(lead.campaign, "id", "name"), str(lead.google_campaign_id or "")],
    "client": lambda lead: members(lead.campaign, "client_id", "client_name", "client_abbrev"),
    "offer": lambda lead: members(lead.campaign, "offer_id", "offer_name", "offer_abbrev"),
    "tag": lambda lead: [text for tag in lead.tags for text in (tag.id, tag.name)],
    "product": lambda lead: [
        text for line in (lead.cart.lines if lead.cart else []) for text in members(line.product, "id", "name")
    ],
}
