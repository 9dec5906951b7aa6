"""Counts the Insights again, in plain Python, from the leads that the API returns: the expected answers of tests."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from leadloop.core.catalogue.model import Entry
from leadloop.core.leads.model import Lead
from leadloop.core.leads.source import SOURCES
from tests.support.recount_things import address, derived, email, entered, same

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


Entries = Sequence[Entry]
MEMBERS = {"id": "id", "userId": "user_id", "email": "email", "userName": "name"}


class Shown(NamedTuple):
    """A lead as Expad returns it and as it is stored (for click ids, and the names of custom sources and types)."""

    body: dict[str, Any]
    stored: Lead


Found = Sequence[Shown]


def recount(
    leads: Found,
    from_ms: int,
    to_ms: int,
    source: str | None = None,
    entries: Entries = (),
    currency: str | None = None,
) -> dict[str, list[str]]:
    """The expected answer, in the form of `comparable`; no lead may be deleted. `entries` are the catalogue, and
    `currency` is the account's."""
    counted_leads = [lead for lead in leads if from_ms <= lead.body["leadDate"] < to_ms]
    sources, types = names(counted_leads, "source", entries), names(counted_leads, "type", entries)
    if source is not None:
        counted_leads = [lead for lead in counted_leads if is_of(lead, source, sources, entries)]
    return comparable(
        {
            "attributionUserPerformances": users(counted_leads, entries, currency),
            "productPerformances": products(counted_leads, entries, currency),
            "statusPerformances": one_row(counted(lead.body["status"] for lead in counted_leads)),
            "sourcePerformances": one_row(counted(key(lead, "source", sources) for lead in counted_leads)),
            "typePerformances": one_row(counted(key(lead, "type", types) for lead in counted_leads)),
            "campaignProviderPerformances": counted(provider(lead) for lead in counted_leads),
        }
    )


def comparable(answer: dict[str, Any]) -> dict[str, list[str]]:
    """Each array as sorted texts, with numbers in one spelling."""
    assert tuple(answer) == ARRAYS
    return {name: sorted(ENCODE(plain(element)).decode() for element in answer[name]) for name in ARRAYS}


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [plain(member) for member in value]
    return f"{Decimal(value).normalize():f}" if type(value) in (Decimal, int) else value


def entry_with(entries: Entries, kind: str, by: str, value: str | None) -> Entry | None:
    """The catalogue entry with this id, or with this current or former value of `by`."""
    if not value:
        return None
    by = {"user_id": "userId"}.get(by, by)
    thing = {"id": None, "name": None, "userId": None, "email": None, by: value}
    return entered(thing, [entry for entry in entries if entry.kind == kind], set())


def own_entry(lead: Shown, kind: str, entries: Entries) -> Entry | None:
    thing = {
        "id": lead.body[f"customLead{kind.title()}Id"] or None,
        "name": getattr(lead.stored, f"custom_{kind}_name"),
    }
    mine = [entry for entry in entries if entry.kind == f"{kind}s"]
    return entered(thing, mine, derived(thing, kind, lead.stored.account_id)) if any(thing.values()) else None


def names(leads: Found, kind: str, entries: Entries) -> dict[Any, str]:
    """The name of each custom source or type: from the catalogue, else the newest lead with one, else its id."""
    newest: dict[Any, tuple[str, str]] = {}
    for lead in leads:
        name = getattr(lead.stored, f"custom_{kind}_name")
        if word(lead, kind) == "CUSTOM" and any(own(lead, kind)):
            said = (lead.stored.id if name else "", name or own(lead, kind)[1])
            newest[own(lead, kind)] = max(newest.get(own(lead, kind), ("", "")), said)
    called = {identity: name for identity, (_, name) in newest.items()}
    entered = {own(lead, kind): own_entry(lead, kind, entries) for lead in leads if own(lead, kind) in called}
    return called | {identity: entry.name or entry.id for identity, entry in entered.items() if entry}


def word(lead: Shown, kind: str) -> str:
    text: str = lead.body[kind]
    bare = text.removeprefix("LEAD_TYPE_") if kind == "type" else text
    return text if bare == "UNSPECIFIED" else bare


def own(lead: Shown, kind: str) -> Any:
    own_id = lead.body[f"customLead{kind.title()}Id"]
    name = getattr(lead.stored, f"custom_{kind}_name")
    return ("id", own_id) if own_id else ("name", same(name)) if name else ("", "")


def key(lead: Shown, kind: str, called: dict[Any, str]) -> str:
    text = word(lead, kind)
    return called.get(own(lead, kind), text) if text == "CUSTOM" else text


def is_of(lead: Shown, source: str, called: dict[Any, str], entries: Entries) -> bool:
    if same(key(lead, "source", called)) == same(source):
        return True
    mine = [entry for entry in entries if entry.kind == "sources"]
    if source.upper() in SOURCES or any(same(entry.name or entry.id) == same(source) for entry in mine):
        return False
    entry = own_entry(lead, "source", entries)
    is_own = word(lead, "source") == "CUSTOM"
    return is_own and source in (lead.body["customLeadSourceId"], entry and entry.id)


def one_row(counts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Merges rows whose keys differ in spelling only, under the most frequent spelling."""
    rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for element in counts:
        rows[same(element["key"])].append(element)
    return [
        {
            "key": min(row, key=lambda element: (-element["value"], element["key"]))["key"],
            "value": sum(element["value"] for element in row),
        }
        for row in rows.values()
    ]


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


def entered_user(entry: Entry, account_id: str) -> dict[str, Any]:
    return {
        "accountId": account_id,
        "id": entry.id if entry.given else "",
        "userId": entry.user_id or "",
        "userName": entry.name or "",
        "email": entry.email or "",
        "phoneNumber": entry.phone or "",
        "isRealUser": bool(entry.is_real),
        "globalAutoAttributionDisabled": bool(entry.auto_attribution_disabled),
    }


def users(leads: Found, entries: Entries, currency: str | None) -> list[dict[str, Any]]:
    by_user: defaultdict[Any, list[Shown]] = defaultdict(list)
    entered: dict[Any, Entry | None] = {}
    for lead in leads:
        user = lead.body["leadAttributionUser"] or {}
        user_ids = {**user, "email": address(user.get("email"))}
        known_by = [(by, user_ids[by]) for by in MEMBERS if user_ids.get(by)]
        identity = known_by[0] if known_by else None
        if identity and identity[0] in ("email", "userName"):
            identity = identity[0], (email if identity[0] == "email" else same)(identity[1])
        entry = identity and entry_with(entries, "users", MEMBERS[identity[0]], known_by[0][1])
        entered[identity if entry is None else entry.key] = entry
        by_user[identity if entry is None else entry.key].append(lead)
    rows = []
    for identity, own_leads in by_user.items():
        newest = max(own_leads, key=lambda lead: lead.stored.id)
        user = newest.body["leadAttributionUser"] if identity else {"accountId": newest.body["accountId"], **NOBODY}
        if (entry := entered[identity]) is not None:
            user = entered_user(entry, newest.body["accountId"])
        rows.append(
            {
                "attributionUser": user,
                **{name: user[name] for name in ("id", "userId", "userName")},
                "name": user["userName"],
                "leadCount": len(own_leads),
                "saleCount": sum(lead.body["status"] == "COMPLETE" for lead in own_leads),
                **by_currency(
                    [(lead.stored.currency, value_micros(lead)) for lead in own_leads], "saleValueMicros", currency
                ),
            }
        )
    return rows


def products(leads: Found, entries: Entries, currency: str | None) -> list[dict[str, Any]]:
    amounts: defaultdict[Any, Decimal] = defaultdict(Decimal)
    values: defaultdict[Any, list[tuple[str | None, Decimal]]] = defaultdict(list)
    called: dict[Any, tuple[str, str]] = {}
    for lead in leads:
        cart = lead.body["leadCart"] if lead.body["status"] == "COMPLETE" else None
        for line in cart["leadProducts"] if cart else ():
            product = line["product"] or {"id": "", "name": ""}
            if not product["id"] and not product["name"]:
                continue
            identity = (product["id"], "" if product["id"] else same(product["name"]))
            entry = entry_with(entries, "products", "id" if product["id"] else "name", product["id"] or product["name"])
            if entry is not None:
                identity = (entry.id if entry.given else "", entry.key)
                called[identity] = ("~", entry.name or "")
            amounts[identity] += line["amount"]
            values[identity].append((lead.stored.currency, Decimal(line["value"]) * 1_000_000))
            if product["name"]:
                called[identity] = max(called.get(identity, ("", "")), (lead.stored.id, product["name"]))
    return [
        {
            "id": own_id,
            "name": called.get((own_id, name), ("", ""))[1],
            "count": amount,
            **by_currency(values[own_id, name], "saleValue", currency, 1_000_000),
        }
        for (own_id, name), amount in amounts.items()
    ]


def by_currency(
    values: Sequence[tuple[str | None, Decimal]], name: str, of_account: str | None, unit: int = 1
) -> dict[str, Any]:
    """The sum in the account's currency under `name`, and those in others if there are any. Values are in micros."""
    sums: defaultdict[str | None, Decimal] = defaultdict(Decimal)
    for currency, micros in values:
        sums[None if currency == of_account else currency] += micros
    own = sums.pop(None, Decimal())
    others = [
        {"currency": currency, "value": micros / 1_000_000, "valueMicros": micros}
        for currency, micros in sorted(sums.items(), key=str)
        if micros
    ]
    return {name: own / unit, **({"otherCurrencies": others} if others else {})}


def counted(keys: Any) -> list[dict[str, Any]]:
    return [{"key": key, "value": count} for key, count in Counter(keys).items()]
