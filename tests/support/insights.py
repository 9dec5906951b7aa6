"""The Insights counted once more, in plain Python, from the leads that the API shows."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from leadloop.core.leads.model import Lead

ARRAYS = (
    "attributionUserPerformances",
    "productPerformances",
    "statusPerformances",
    "sourcePerformances",
    "typePerformances",
    "campaignProviderPerformances",
)
NOBODY = {"userName": "Sem atribuição", "isRealUser": False, "globalAutoAttributionDisabled": False} | dict.fromkeys(
    ("email", "id", "phoneNumber", "userId"), ""
)
GOOGLE = ("googleLeadId", "googleCampaignId", "googleAdgroupId", "googleCreativeId", "googleFormId")
ENCODE = msgspec.json.Encoder(order="sorted").encode
FACEBOOK = ("facebookLeadId", "facebookFormId", "facebookPageId", "facebookAdId", "facebookAdgroupId")


class Shown(NamedTuple):
    """A lead as Expad shows it, and as it is stored: for click ids and the names of custom sources and types."""

    body: dict[str, Any]
    stored: Lead


Found = Sequence[Shown]


def recount(leads: Found, from_ms: int, to_ms: int, source: str | None = None) -> dict[str, list[str]]:
    """What `comparable` makes of the right answer. None of the leads may be deleted."""
    found = [lead for lead in leads if from_ms <= lead.body["leadDate"] < to_ms]
    sources, types = names(found, "source"), names(found, "type")
    if source is not None:
        found = [lead for lead in found if is_of(lead, source, sources)]
    return comparable(
        {
            "attributionUserPerformances": users(found),
            "productPerformances": products(found),
            "statusPerformances": counted(lead.body["status"] for lead in found),
            "sourcePerformances": counted(key(lead, "source", sources) for lead in found),
            "typePerformances": counted(key(lead, "type", types) for lead in found),
            "campaignProviderPerformances": counted(provider(lead) for lead in found),
        }
    )


def comparable(answer: dict[str, Any]) -> dict[str, list[str]]:
    """Each array as sorted texts, numbers in one spelling."""
    assert tuple(answer) == ARRAYS
    return {name: sorted(ENCODE(plain(element)).decode() for element in answer[name]) for name in ARRAYS}


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    return f"{Decimal(value).normalize():f}" if type(value) in (Decimal, int) else value


def names(leads: Found, kind: str) -> dict[Any, str]:
    """What each custom source or type is called by the lead that was created last."""
    found: dict[Any, tuple[str, str]] = {}
    for lead in leads:
        name = getattr(lead.stored, f"custom_{kind}_name")
        if word(lead, kind) == "CUSTOM" and name:
            found[own(lead, kind)] = max(found.get(own(lead, kind), ("", "")), (lead.stored.id, name))
    return {identity: name for identity, (_, name) in found.items()}


def word(lead: Shown, kind: str) -> str:
    text: str = lead.body[kind]
    bare = text.removeprefix("LEAD_TYPE_") if kind == "type" else text
    return text if bare == "UNSPECIFIED" else bare


def own(lead: Shown, kind: str) -> Any:
    own_id = lead.body[f"customLead{kind.title()}Id"]
    return ("id", own_id) if own_id else ("name", getattr(lead.stored, f"custom_{kind}_name"))


def key(lead: Shown, kind: str, known: dict[Any, str]) -> str:
    found = word(lead, kind)
    return known.get(own(lead, kind), found) if found == "CUSTOM" else found


def is_of(lead: Shown, source: str, known: dict[Any, str]) -> bool:
    words = {lead.body["source"].casefold(), key(lead, "source", known).casefold()}
    return source == lead.body["customLeadSourceId"] or source.casefold() in words


def provider(lead: Shown) -> str:
    clicks = lead.stored.attribution
    if any(lead.body[name] for name in GOOGLE) or (clicks and (clicks.gclid or clicks.gbraid or clicks.wbraid)):
        return "GOOGLE"
    if any(lead.body[name] for name in FACEBOOK) or (clicks and (clicks.fbclid or clicks.fbc or clicks.fbp)):
        return "FACEBOOK"
    return "NONE"


def value_micros(lead: Shown) -> Decimal:
    if lead.body["status"] != "COMPLETE":
        return Decimal(0)
    cart = lead.body["leadCart"] or {"value": 0}
    return Decimal(lead.body["saleValue"] or cart["value"]) * 1_000_000


def users(leads: Found) -> list[dict[str, Any]]:
    by_user: defaultdict[Any, list[Shown]] = defaultdict(list)
    for lead in leads:
        user = lead.body["leadAttributionUser"] or {}
        known_by = [(by, user[by]) for by in ("id", "userId", "email", "userName") if user.get(by)]
        by_user[known_by[0] if known_by else None].append(lead)
    found = []
    for identity, own_leads in by_user.items():
        newest = max(own_leads, key=lambda lead: lead.stored.id)
        user = newest.body["leadAttributionUser"] if identity else {"accountId": newest.body["accountId"], **NOBODY}
        found.append(
            {
                "attributionUser": user,
                **{name: user[name] for name in ("id", "userId", "userName")},
                "name": user["userName"],
                "leadCount": len(own_leads),
                "saleCount": sum(lead.body["status"] == "COMPLETE" for lead in own_leads),
                "saleValueMicros": sum(value_micros(lead) for lead in own_leads),
            }
        )
    return found


def products(leads: Found) -> list[dict[str, Any]]:
    amounts: defaultdict[Any, Decimal] = defaultdict(Decimal)
    values: defaultdict[Any, Decimal] = defaultdict(Decimal)
    called: dict[Any, tuple[str, str]] = {}
    for lead in leads:
        cart = lead.body["leadCart"] if lead.body["status"] == "COMPLETE" else None
        for line in cart["leadProducts"] if cart else ():
            product = line["product"] or {"id": "", "name": ""}
            if not product["id"] and not product["name"]:
                continue
            identity = (product["id"], "" if product["id"] else product["name"])
            amounts[identity] += line["amount"]
            values[identity] += line["value"]
            if product["name"]:
                called[identity] = max(called.get(identity, ("", "")), (lead.stored.id, product["name"]))
    return [
        {
            "id": own_id,
            "name": called.get((own_id, name), ("", ""))[1],
            "count": amount,
            "saleValue": values[own_id, name],
        }
        for (own_id, name), amount in amounts.items()
    ]


def counted(keys: Any) -> list[dict[str, Any]]:
    return [{"key": key, "value": count} for key, count in Counter(keys).items()]
