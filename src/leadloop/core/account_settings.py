"""An account's settings: reads, checks and shows them (own.md section 3)."""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, structs

from leadloop.core import office_hours
from leadloop.core.accounts import Account
from leadloop.core.currencies import currency_code
from leadloop.core.errors import AccountNotFound
from leadloop.core.ids import Stamp
from leadloop.core.leads.normalize import timezones
from leadloop.core.leads.phones import region_of
from leadloop.core.leads.status import GROUPS, stage_key
from leadloop.core.people.audit import record
from leadloop.core.problems import Problems
from leadloop.core.readers import Field, flag, name, one_of, read_members, whole
from leadloop.core.store import Store

LANGUAGES = ("en", "pt-BR")
ALL, OWN = "all", "own"
STAGE_LIMIT, STAGE_LENGTH = 50, 256
LONGEST_GOAL_MINUTES = 10_080
"""A week."""

OWNED = ("id", "mode")
"""Members that only the server writes."""


def show(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "mode": "test" if account.is_test else "live",
        "currency": account.currency,
        "timeZone": account.time_zone,
        "language": account.language,
        "country": account.country,
        "agentsSee": OWN if account.agents_see_own else ALL,
        "requireVersion": account.asks_version,
        "autoAttribution": account.auto_attribution,
        "contactGoalMinutes": account.contact_goal_minutes,
        "officeHours": office_hours.show(account.office_hours),
        "stageOrder": list(account.stage_order),
    }


async def change(store: Store, stamp: Stamp, account_id: str, body: Mapping[str, Any]) -> Account:
    """Absent members stay unchanged, null resets one to its default. Raises `InvalidFields`, `AccountNotFound`."""
    account = await store.accounts.get(account_id)
    if account is None:
        raise AccountNotFound
    members = read(body, account)
    changed = await store.accounts.change(account_id, lambda stored: structs.replace(stored, **members))
    if changed is None:
        raise AccountNotFound
    if show(changed) != show(account):
        await record(store, stamp, account_id, "account.changed", account_id)
    return changed


def read(body: Mapping[str, Any], account: Account) -> dict[str, Any]:
    """Attribute → value of the settings that `body` changes. Raises `InvalidFields`."""
    problems = Problems()
    members = read_members(problems, body, _FIELDS, OWNED, show(account))
    problems.finish()
    return members


def currency(value: Any, at: str, problems: Problems) -> Any:
    return (currency_code(value) if isinstance(value, str) else None) or problems.refuse(at, "currency_expected")


def time_zone(value: Any, at: str, problems: Problems) -> Any:
    is_zone = isinstance(value, str) and value in timezones()
    return value if is_zone else problems.refuse(at, "iana_zone_expected")


def _country(value: Any, at: str, problems: Problems) -> Any:
    return (region_of(value) if isinstance(value, str) else None) or problems.refuse(at, "country_expected")


def _agents_see(value: Any, at: str, problems: Problems) -> Any:
    read = one_of(ALL, OWN)(value, at, problems)
    return read if read is UNSET else read == OWN


def _stage_order(value: Any, at: str, problems: Problems) -> Any:
    if not isinstance(value, list):
        return problems.refuse(at, "list_expected")
    if len(value) > STAGE_LIMIT:
        return problems.refuse(at, "too_many_entries", limit=STAGE_LIMIT)
    stages: dict[str, str] = {}
    for index, item in enumerate(value):
        place = f"{at}/{index}"
        if not isinstance(item, str) or not item.strip() or len(item) > STAGE_LENGTH:
            return problems.refuse(place, "stage_name_expected", most=STAGE_LENGTH)
        key = stage_key(item)
        if key in GROUPS:
            return problems.refuse(place, "stage_fixed", choices=tuple(GROUPS))
        if key in stages:
            return problems.refuse(place, "stage_twice")
        stages[key] = item.strip()
    return tuple(stages.values())


_FIELDS = {
    "name": Field("name", name, UNSET),
    "currency": Field("currency", currency),
    "timeZone": Field("time_zone", time_zone),
    "language": Field("language", one_of(*LANGUAGES)),
    "country": Field("country", _country),
    "agentsSee": Field("agents_see_own", _agents_see, False),
    "requireVersion": Field("asks_version", flag, False),
    "autoAttribution": Field("auto_attribution", flag, False),
    "contactGoalMinutes": Field("contact_goal_minutes", whole(1, LONGEST_GOAL_MINUTES)),
    "officeHours": Field("office_hours", office_hours.read),
    "stageOrder": Field("stage_order", _stage_order, ()),
}
"""By the name on the wire."""
