"""Which groups a lead belongs to and which filters it passes, in plain Python, for the recount of the free Insights."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from leadloop.core.catalogue.model import Entry
from leadloop.core.ids import stable_id
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Ref
from leadloop.core.leads.source import SOURCES, TYPES, source_of, type_of

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
"""A lead's reference to a thing: the members that are shown, the name last, then the unit and department."""


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
    reference = getattr(lead, {"lossReason": "loss_reason"}.get(by, by))
    unit, department = lead.unit or Ref(), lead.department or Ref()
    place = {"unit_id": unit.id, "department_id": department.id}
    where = {name: getattr(reference, name) or place[name] for name in place if hasattr(reference, name)}
    return ref(reference.id, reference.name, **where) if reference else []


def user(lead: Lead) -> list[Thing]:
    said = {shown: getattr(lead.owner, member, None) for shown, member in SHOWN.items()}
    said["email"] = address(said["email"])
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
    """The products of the cart (`None` for a product without members), and the values of their lines."""
    every = lead.cart.lines if lead.cart else []
    said = [(ref(line.product.id, line.product.name) if line.product else [], line.value_micros or 0) for line in every]
    return [(next(iter(things), None), micros) for things, micros in said]


def same(text: str | None) -> str:
    """Equal for two spellings of a name."""
    folded = unicodedata.normalize("NFC", text or "").casefold()
    return unicodedata.normalize("NFC", " ".join(folded.split()))


def word(by: str, text: str) -> str:
    """Equal for two spellings of a word."""
    key = same(text)
    if by == "stage" and key.upper() in ("NEW", "ACTIVE", "COMPLETE", "LOST"):
        return key.upper()
    return key.removeprefix("lead_type_") if by == "type" else key


def identity(thing: Any, by: str, account_id: str, entries: Entries) -> tuple[str, str]:
    """What identifies a thing: the key of its catalogue entry, else its own id or name."""
    if isinstance(thing, str):
        return "word", word(by, thing) if by in WORDS else thing
    mine = [entry for entry in entries if entry.kind == KINDS.get(by)]
    of_name = derived(thing, by, account_id)
    if (entry := entered(thing, mine, of_name)) is not None:
        return "entry", entry.key
    said = {member: value for member, value in thing.items() if value and member in SHOWN}
    if said.get("id") in of_name:
        del said["id"]
    member, value = next(iter(said.items()))
    return member, email(value) if member == "email" else same(value) or value if member == "name" else value


def derived(thing: Thing, by: str, account_id: str) -> set[str]:
    """The ids derived from the name of an account's own source or type."""
    name = thing["name"]
    if by not in ("source", "type") or not name:
        return set()
    return {stable_id(account_id, by, same(name)), stable_id(account_id, by, name.strip().casefold())}


def entered(thing: Thing, entries: Entries, of_name: set[str]) -> Entry | None:
    """The entry that a reference means: by id, if it has one; else by its other members, unless one contradicts. None
    if several match."""
    if thing["id"]:
        now = [entry for entry in entries if entry.id == thing["id"]]
        once = [entry for entry in entries if entry.key == thing["id"]]
        if thing["id"] not in of_name:
            return next(iter(now or once), None)
        if now or once:
            entry = (now or once)[0]
            rivals = [
                entry_of_name
                for entry_of_name in entries
                if same(entry_of_name.name) == same(entry.name) and entry_of_name.archived_at_ms is None
            ]
            return None if not now and len(best({"name": None}, rivals)) > 1 else entry
    able = [entry for entry in entries if not contradicted(thing, entry)]
    same_user = [entry for entry in entries if not contradicted({**thing, "email": None}, entry)]
    user_id, mail, name = thing.get("userId"), email(thing.get("email")), thing["name"]
    by_way = (
        [entry for entry in same_user if user_id and entry.user_id == user_id],
        [entry for entry in able if mail and email(entry.email) == mail],
        [entry for entry in able if name and entry.name and same(entry.name) == same(name)],
        [entry for entry in able if name and same(name) in map(same, former_names(entry))],
    )
    way, matching = next(((way, matching) for way, matching in enumerate(by_way) if matching), (0, []))
    matching = [entry for entry in matching if entry.archived_at_ms is None] or matching
    if way == 2:
        matching = [entry for entry in matching if entry.name == name] or matching
    chosen = best(thing, matching)
    return chosen[0] if len(chosen) == 1 else None


def former_names(entry: Entry) -> list[str]:
    """None beside an e-mail that is no address: they may be other people's."""
    return [] if entry.email and not email(entry.email) else entry.past_names


def best(thing: Thing, candidates: Entries) -> Entries:
    if any(entry.given or entry.managed for entry in candidates):
        candidates = [entry for entry in candidates if not mere_name(entry)]
    most = max((agreed(thing, entry) for entry in candidates), default=0)
    candidates = [entry for entry in candidates if agreed(thing, entry) == most]
    return sorted(filter(mere_name, candidates), key=lambda entry: (entry.created_at_ms, entry.key))[:1] or candidates


def mere_name(entry: Entry) -> bool:
    details = entry.user_id, email(entry.email), entry.unit_id, entry.department_id
    return not any((entry.given, entry.managed, *details))


def agreed(thing: Thing, entry: Entry) -> int:
    return sum(1 for said, stored in pairs(thing, entry) if said and stored)


def contradicted(thing: Thing, entry: Entry) -> bool:
    return any(said and stored and said != stored for said, stored in pairs(thing, entry))


def pairs(thing: Thing, entry: Entry) -> list[tuple[str | None, str | None]]:
    """The members that distinguish things of one name: the lead's value and the catalogue's."""
    return [
        (thing.get("userId"), entry.user_id),
        (email(thing.get("email")), email(entry.email)),
        (thing.get("unit_id"), entry.unit_id),
        (thing.get("department_id"), entry.department_id),
    ]


def shown(by: str, identified: tuple[str, str], name: str, entries: Entries) -> Thing:
    """`name` is shown for a thing without an entry."""
    members = SHOWN if by == "user" else {"id": "id", "name": "name"}
    if identified[0] != "entry":
        by_member = {identified[0]: identified[1]} if identified[0] in ("id", "userId", "email") else {}
        return {**dict.fromkeys(members), "name": name or None, **by_member}
    (entry,) = (entry for entry in entries if (entry.kind, entry.key) == (KINDS[by], identified[1]))
    said = {to: getattr(entry, member) if to != "id" or entry.given else None for to, member in members.items()}
    return {**said, "email": address(said["email"])} if by == "user" else said


def email(text: str | None) -> str:
    """Equal for two spellings of an address; empty for a text that does not have the form local@domain."""
    key = unicodedata.normalize("NFC", (text or "").strip().lower())
    return key if re.fullmatch(r"[^\s@]+@\w[\w.-]*", key) else ""


def address(text: str | None) -> str | None:
    return text if email(text) else None


def filtered(lead: Lead, query: Query, entries: Entries) -> bool:
    filters = {name: values.split(",") for name, values in query.items() if name in (*WORDS, *KINDS, *UNKNOWN)}
    return all(any(passes(lead, name, text, entries) for text in texts) for name, texts in filters.items())


def passes(lead: Lead, by: str, text: str, entries: Entries) -> bool:
    lead_things = things(lead, by)
    words = {"source": SOURCES, "type": TYPES}.get(by, frozenset())
    if by in WORDS or word(by, text).upper() in words:
        return any(isinstance(thing, str) and word(by, thing) == word(by, text) for thing in lead_things)
    mine = [entry for entry in entries if entry.kind == KINDS.get(by)]
    of_id = [entry for entry in mine if entry.id == text] or [entry for entry in mine if entry.key == text]
    of_name = [entry for entry in mine if entry.user_id == text or same(text) == same(entry.name)]
    of_name += [entry for entry in mine if email(text) and email(text) == email(entry.email)]
    wanted = {entry.key for entry in of_id or of_name or [entry for entry in mine if same(entry.id) == same(text)]}
    for thing in lead_things:
        if isinstance(thing, str):
            continue
        kind, value = identity(thing, by, lead.account_id, entries)
        says = same(text) in {same(said) for member, said in thing.items() if said and member in NAMING}
        if kind == "entry" and (value in wanted or (not wanted and says)):
            return True
        if kind != "entry" and (thing["id"] == text or (says and not of_id)):
            return True
    return False


NAMING = ("userId", "email", "name")
UNKNOWN = ("campaign", "client", "offer")
"""Dimensions without a catalogue."""
