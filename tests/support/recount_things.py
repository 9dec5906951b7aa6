"""What a lead is counted under and found by, in plain Python, for the recount of the free Insights."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from leadloop.core.catalogue.model import Entry
from leadloop.core.ids import stable_id
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Ref
from leadloop.core.leads.source import source_of, type_of
from leadloop.core.search.folding import whole

WORDS = (
    "stage",
    "status",
    "provider",
    *(f"utm_{what}" for what in ("source", "medium", "campaign", "term", "content")),
)

KINDS = {
    "user": "users",
    "unit": "units",
    "department": "departments",
    "interest": "interests",
    "tag": "tags",
    "product": "products",
    "lossReason": "loss-reasons",
    "source": "sources",
    "type": "types",
}
SHOWN = {"id": "id", "userId": "user_id", "email": "email", "name": "name"}

Query = Mapping[str, str]
Entries = Sequence[Entry]
"""An account's catalogue."""
Thing = dict[str, str | None]
"""What a lead says of a thing: what it is shown with, the name last, and then where it belongs."""


def ref(known_id: str | None, name: str | None, **where: str | None) -> list[Thing]:
    return [{"id": known_id or None, "name": name or None, **where}] if known_id or name else []


def things(lead: Lead, by: str) -> list[Any]:
    if by in WORDS:
        word = {"stage": lead.stage, "status": lead.status, "provider": provider(lead)}.get(by) or lead.params.get(by)
        return [word] if word else []
    if by == "user":
        return user(lead)
    if by in ("source", "type"):
        word = source_of(lead) if by == "source" else type_of(lead)
        own = getattr(lead, f"custom_{by}_id"), getattr(lead, f"custom_{by}_name")
        return (ref(*own) if word == "CUSTOM" else []) or [word]
    campaign = lead.campaign
    if by == "campaign":
        google = str(lead.google_campaign_id) if lead.google_campaign_id else None
        return ref((campaign.id if campaign else None) or google, campaign.name if campaign else None)
    if by in ("client", "offer"):
        return ref(getattr(campaign, f"{by}_id"), getattr(campaign, f"{by}_name")) if campaign else []
    if by == "tag":
        return [thing for tag in lead.tags for thing in ref(tag.id, tag.name)]
    if by == "product":
        return [thing for thing, _ in lines(lead) if thing]
    found = getattr(lead, {"lossReason": "loss_reason"}.get(by, by))
    unit, department = lead.unit or Ref(), lead.department or Ref()
    place = {"unit_id": unit.id, "department_id": department.id}
    where = {name: getattr(found, name) or place[name] for name in place if hasattr(found, name)}
    return ref(found.id, found.name, **where) if found else []


def user(lead: Lead) -> list[Thing]:
    said = {shown: getattr(lead.owner, member, None) for shown, member in SHOWN.items()}
    return [said] if any(said.values()) else []


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


def lines(lead: Lead) -> list[tuple[Thing | None, int]]:
    """The products of the cart, nothing for those that say nothing, and the values of their lines."""
    every = lead.cart.lines if lead.cart else []
    said = [(ref(line.product.id, line.product.name) if line.product else [], line.value_micros or 0) for line in every]
    return [(next(iter(things), None), micros) for things, micros in said]


def identity(thing: Any, by: str, account_id: str, entries: Entries) -> tuple[str, str]:
    """By what it is known: an entry of the catalogue by its key."""
    if isinstance(thing, str):
        return "name", thing
    mine = [entry for entry in entries if entry.kind == KINDS.get(by)]
    if (entry := entered(thing, mine, derived(thing, by, account_id))) is not None:
        return "entry", entry.key
    return next((member, value) for member, value in thing.items() if value and member in SHOWN)


def derived(thing: Thing, by: str, account_id: str) -> str:
    """The id that leads of the account's own source or type are shown with, where they only name it."""
    return stable_id(account_id, by, (thing["name"] or "").strip().casefold()) if by in ("source", "type") else ""


def entered(thing: Thing, entries: Entries, derived_id: str) -> Entry | None:
    """By its id alone, if it has one; else by what else it says, unless it says what is not so."""
    if thing["id"]:
        now = [entry for entry in entries if entry.id == thing["id"]]
        once = [entry for entry in entries if entry.key == thing["id"]]
        if now or once or not thing["name"] or thing["id"] != derived_id:
            return next(iter(now or once), None)
    able = [entry for entry in entries if not contradicted(thing, entry)]
    same_user = [entry for entry in entries if not contradicted({**thing, "email": None}, entry)]
    user_id, mail, name = thing.get("userId"), email(thing.get("email")), thing["name"]
    by_way = (
        [entry for entry in same_user if user_id and entry.user_id == user_id],
        [entry for entry in able if mail and email(entry.email) == mail],
        [entry for entry in able if name and entry.name == name],
        [entry for entry in able if name and name in entry.past_names],
    )
    found = next(filter(None, by_way), [])
    return min(found, key=partial(rank, thing), default=None)


def rank(thing: Thing, entry: Entry) -> tuple[bool, int, bool, int, str]:
    agreed = sum(1 for said, known in pairs(thing, entry) if said and known)
    return entry.archived_at_ms is not None, -agreed, not entry.given, entry.created_at_ms, entry.key


def contradicted(thing: Thing, entry: Entry) -> bool:
    return any(said and known and said != known for said, known in pairs(thing, entry))


def pairs(thing: Thing, entry: Entry) -> list[tuple[str | None, str | None]]:
    """What tells it from others of its name: as the lead says, and as the catalogue does."""
    return [
        (thing.get("userId"), entry.user_id),
        (email(thing.get("email")), email(entry.email)),
        (thing.get("unit_id"), entry.unit_id),
        (thing.get("department_id"), entry.department_id),
    ]


def shown(by: str, known: tuple[str, str], name: str, entries: Entries) -> Thing:
    """`name` is for what is no entry."""
    members = SHOWN if by == "user" else {"id": "id", "name": "name"}
    if known[0] != "entry":
        return {**dict.fromkeys(members), "name": name or None, known[0]: known[1]}
    (entry,) = (one for one in entries if (one.kind, one.key) == (KINDS[by], known[1]))
    return {to: getattr(entry, member) if to != "id" or entry.given else None for to, member in members.items()}


def email(text: str | None) -> str:
    return (text or "").strip().lower()


def filtered(lead: Lead, query: Query, entries: Entries) -> bool:
    for name, values in query.items():
        if name in WORDS or name in FILTERS:
            wanted = {whole(value) for value in values.split(",")}
            texts = [*FILTERS.get(name, plain(name))(lead), *entered_texts(lead, name, entries)]
            if not wanted & {whole(text) for text in texts if text}:
                return False
    return True


def entered_texts(lead: Lead, name: str, entries: Entries) -> list[str | None]:
    """The ids and present names of what the lead means."""
    known = {identity(thing, name, lead.account_id, entries) for thing in things(lead, name)}
    found = [one for one in entries if one.kind == KINDS.get(name) and ("entry", one.key) in known]
    return [text for entry in found for text in (entry.id, entry.name)]


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
