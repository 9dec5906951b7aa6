"""`leadloop doctor --mixed-up`: finds leads that an upsert may have overwritten with another person.

Up to stored format 1, different people could have the same matching key: a landline and a mobile, or all whose e-mail
was `n/a`. An upsert by such a key changed the lead of another person. The log does not contain the value that was
looked up. A change from before the upgrade is therefore listed if it replaces a person but not the e-mail or phone that
may have matched, and if the former key of that value was shared with other numbers or no longer exists.
"""

import re
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from leadloop.app import EngineStore
from leadloop.cli.output import iso, moment
from leadloop.core.accounts import Account
from leadloop.core.changes import Change, FieldChange
from leadloop.core.leads.former_keys import former_email_key, former_phone_key
from leadloop.core.leads.matching import stored_phone_key
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import email_key, name_key
from leadloop.core.leads.phones import BRAZIL, BRAZIL_CODE, phone_key
from leadloop.core.store import Store
from leadloop.core.writes.history import at_version

PAGE = 500
IDENTITY = ("name", "email", "phone", "cpf", "cnpj", "client_lead_id")
"""Members that identify a person."""
API_KEY = "key:"
MIGRATION = "matching_keys"
"""Since this migration, lookups use the current keys."""
_WORD = re.compile(r"\w+")


class MixedUp(NamedTuple):
    """A change that may have overwritten one person with another. `found_by` is the value whose former keys matched."""

    account_id: str
    lead_id: str
    change: Change
    found_by: str
    replaced: list[str]

    @property
    def command(self) -> str:
        """Restores the content of the lead before the change."""
        return f"leadloop leads revert {self.lead_id} --account {self.account_id} --to {self.change.version - 1}"


async def find_mixed_up(store: EngineStore) -> AsyncIterator[MixedUp]:
    """Reads the whole log in order, and the history of a lead for each change that replaces a person."""
    upgraded_at_ms = await store.migrated_at_ms(MIGRATION)
    for account in await store.accounts.all():
        position = 0
        while page := await store.changes.feed(account.id, position, PAGE):
            position = page[-1].position
            for change in page:
                is_former = upgraded_at_ms is None or change.at_ms < upgraded_at_ms
                if is_former and (mixed_up := await _examine(store, account, change)) is not None:
                    yield mixed_up


async def _examine(store: Store, account: Account, change: Change) -> MixedUp | None:
    replaced = _replaced(change) if change.version > 1 and change.actor.startswith(API_KEY) else []
    if not replaced:
        return None
    before = await at_version(store, account.id, change.lead_id, change.version - 1)
    changed = {field.field for field in change.fields}
    if "/phone" not in changed and _is_shared_phone(before, account):
        return MixedUp(account.id, change.lead_id, change, "phone", replaced)
    if "/email" not in changed and former_email_key(before.email) and email_key(before.email) is None:
        return MixedUp(account.id, change.lead_id, change, "e-mail", replaced)
    return None


def _replaced(change: Change) -> list[str]:
    """The members that the change replaced by another person's, without those that it only spells differently."""
    fields = {field.field[1:]: field for field in change.fields}
    return [name for name in IDENTITY if (field := fields.get(name)) is not None and _is_another(name, field)]


def _is_another(name: str, field: FieldChange) -> bool:
    before, after = field.before, field.after
    if not before or not after:
        return False
    if name == "name":
        return _is_another_name(_words(before), _words(after))
    if name == "email":
        return former_email_key(before) != former_email_key(after)
    if name == "phone":
        return former_phone_key(before) != former_phone_key(after)
    return bool(before != after)


def _is_another_name(before: set[str], after: set[str]) -> bool:
    """Whether neither name is a longer form of the other. A common word does not make two people one: many have the
    same family name."""
    return not (before <= after or after <= before)


def _words(name: Any) -> set[str]:
    return set(_WORD.findall(name_key(name) or ""))


def _is_shared_phone(lead: Lead, account: Account) -> bool:
    """Whether the former key of the lead's phone was shared with another number, or no longer exists."""
    former = former_phone_key(lead.phone, lead.country)
    if lead.phone is None or former is None:
        return False
    current = stored_phone_key(lead, lambda: account.country)
    return current is None or former != current or _has_twin(current)


def _has_twin(key: str) -> bool:
    """Whether another number had the same key: a Brazilian landline and the mobile with a 9 before its digits did."""
    area, subscriber = key[len(BRAZIL_CODE) : len(BRAZIL_CODE) + 2], key[len(BRAZIL_CODE) + 2 :]
    if not key.startswith(BRAZIL_CODE) or len(subscriber) not in (8, 9):
        return False
    twin = f"9{subscriber}" if len(subscriber) == 8 else subscriber[1:]
    return phone_key(area + twin, BRAZIL) not in (None, key)


def show(mixed_up: MixedUp) -> None:
    at = moment(mixed_up.change.at_ms)
    who = f"{mixed_up.change.actor} through {mixed_up.change.dialect}"
    print(f"lead {mixed_up.lead_id} of account {mixed_up.account_id}, version {mixed_up.change.version}, {at}, {who}")
    print(f"  found by its {mixed_up.found_by}, replaced {', '.join(mixed_up.replaced)}")
    print(f"  undo: {mixed_up.command}")


def as_json(mixed_up: MixedUp) -> dict[str, Any]:
    return {
        "accountId": mixed_up.account_id,
        "leadId": mixed_up.lead_id,
        "version": mixed_up.change.version,
        "at": iso(mixed_up.change.at_ms),
        "actor": mixed_up.change.actor,
        "dialect": mixed_up.change.dialect,
        "requestId": mixed_up.change.request_id,
        "foundBy": mixed_up.found_by,
        "replaced": mixed_up.replaced,
        "command": mixed_up.command,
    }
