"""`leadloop doctor --mixed-up`: which leads an upsert may have written over with another person, by their history.

Up to stored format 1, matching keys took some people for one: a landline and a mobile, everybody with `n/a` for an
e-mail. An upsert by such a key changed whoever had it. The log does not say which value was looked for, so a change
counts where it puts another person in place of one, leaves the e-mail or the phone that it may have been found by, and
that one's former key was shared with other numbers, or is none today.
"""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

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
"""What is a person's own."""
API_KEY = "key:"


class MixedUp(NamedTuple):
    """A change that may have written one person over another. `found_by` is what both had in common once."""

    account_id: str
    lead_id: str
    change: Change
    found_by: str
    replaced: list[str]

    @property
    def command(self) -> str:
        """Gives the lead back the content it had before."""
        return f"leadloop leads revert {self.lead_id} --account {self.account_id} --to {self.change.version - 1}"


async def mixed_up(store: Store) -> AsyncIterator[MixedUp]:
    """Reads the whole log, in its order. Costs one lead's history for each change that replaces a person."""
    for account in await store.accounts.all():
        position = 0
        while page := await store.changes.feed(account.id, position, PAGE):
            position = page[-1].position
            for change in page:
                if (found := await _examine(store, account, change)) is not None:
                    yield found


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
    """What of a person the change put another's in place of; nothing where it only says the same in other words."""
    fields = {field.field[1:]: field for field in change.fields}
    return [name for name in IDENTITY if (field := fields.get(name)) is not None and _is_another(name, field)]


def _is_another(name: str, field: FieldChange) -> bool:
    before, after = field.before, field.after
    if not before or not after:
        return False
    if name == "name":
        return _words(before).isdisjoint(_words(after))
    if name == "email":
        return former_email_key(before) != former_email_key(after)
    if name == "phone":
        return former_phone_key(before) != former_phone_key(after)
    return bool(before != after)


def _words(name: Any) -> set[str]:
    return set((name_key(name) or "").split())


def _is_shared_phone(lead: Lead, account: Account) -> bool:
    """Whether the lead's phone had the key of another number, or has none today and had one."""
    former = former_phone_key(lead.phone, lead.country)
    if lead.phone is None or former is None:
        return False
    present = stored_phone_key(lead, lambda: account.country)
    return present is None or former != present or _has_twin(present)


def _has_twin(key: str) -> bool:
    """A Brazilian landline and the mobile with a 9 before the same digits had one key."""
    area, subscriber = key[len(BRAZIL_CODE) : len(BRAZIL_CODE) + 2], key[len(BRAZIL_CODE) + 2 :]
    if not key.startswith(BRAZIL_CODE) or len(subscriber) not in (8, 9):
        return False
    twin = f"9{subscriber}" if len(subscriber) == 8 else subscriber[1:]
    return phone_key(area + twin, BRAZIL) not in (None, key)


def show(found: MixedUp) -> None:
    at = moment(found.change.at_ms)
    who = f"{found.change.actor} through {found.change.dialect}"
    print(f"lead {found.lead_id} of account {found.account_id}, version {found.change.version}, {at}, {who}")
    print(f"  found by its {found.found_by}, replaced {', '.join(found.replaced)}")
    print(f"  take it back: {found.command}")


def as_json(found: MixedUp) -> dict[str, Any]:
    return {
        "accountId": found.account_id,
        "leadId": found.lead_id,
        "version": found.change.version,
        "at": iso(found.change.at_ms),
        "actor": found.change.actor,
        "dialect": found.change.dialect,
        "requestId": found.change.request_id,
        "foundBy": found.found_by,
        "replaced": found.replaced,
        "command": found.command,
    }
