"""Finding a person again: the matching keys of a lead, and what a write or an upsert looks for (semantics section 1).

The key of a phone depends on the region in which it is read. A change that writes a phone records that region with it,
so the key is a function of the lead alone. Leads from before that have none: the lead's country, the account's, then
Brazil stand in. Pure.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

from msgspec import UNSET, UnsetType, structs

from leadloop.core.changes import FieldChange, pointer
from leadloop.core.leads.former_keys import former_email_keys, former_phone_keys
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import email_key, external_key
from leadloop.core.leads.phones import BRAZIL, needs_region, phone_key, region_of

Country = Callable[[], str | None]
"""Reads the account's country, a known region. Called only where it decides."""

REGION = pointer("phone_region")


def no_country() -> None:
    """Of an account that has set no country."""


def stored_region(lead: Lead, country: Country = no_country) -> str:
    """The region in which the lead's phone is read."""
    if lead.phone_region is not None:
        return lead.phone_region
    if lead.phone is None or not needs_region(lead.phone):
        return BRAZIL
    return region_of(lead.country) or country() or BRAZIL


def stored_phone_key(lead: Lead, country: Country = no_country) -> str | None:
    return lead.phone and phone_key(lead.phone, stored_region(lead, country))


def with_region(
    before: Lead, lead: Lead, fields: list[FieldChange], default: str, country: Country, *, is_same_phone: bool = False
) -> tuple[Lead, list[FieldChange]]:
    """A changed lead, and its change, with the region in which its phone is read from now on.

    Nothing is added while neither phone nor country changes. `default` is the dialect's region. With `is_same_phone`
    the write says that the phone is the number that the lead is found by: another country does not make it another.
    """
    if lead.phone == before.phone and lead.country == before.country:
        return lead, fields
    region = None
    if lead.phone is not None and needs_region(lead.phone):
        found = stored_region(before, country) if is_same_phone else None
        region = found or region_of(lead.country) or country() or default
    if region == lead.phone_region:
        return lead, fields
    recorded = FieldChange(REGION, before.phone_region, region)
    return structs.replace(lead, phone_region=region), [*fields, recorded]


class FormerKeys(NamedTuple):
    """What leads may still be stored under whose keys are not renewed yet, the present keys included."""

    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()


class ContactKeys(NamedTuple):
    """What a person is found again by; `None` for no key. `former` is set while the account's keys are renewed."""

    email: str | None
    phone: str | None
    former: FormerKeys | None = None

    def meet(self, lead: Lead, country: Country) -> bool:
        """Whether the lead, by its present keys, is of the same person."""
        return (self.email is not None and self.email == email_key(lead.email)) or (
            self.phone is not None and self.phone == stored_phone_key(lead, country)
        )


class Contact(NamedTuple):
    """What a patch writes of e-mail, phone and country, in the client's spelling; `UNSET` is what the lead has.

    A unit with one counts the other leads of the account, deleted ones left out, that share a key with its lead.
    `region` is the dialect's, `is_renewing` whether the keys of the account's leads are being renewed.
    """

    email: str | UnsetType | None = UNSET
    phone: str | UnsetType | None = UNSET
    country: str | UnsetType | None = UNSET
    region: str = BRAZIL
    is_renewing: bool = False

    def keys(self, stored: Lead | None, country: Country) -> ContactKeys | None:
        """`None` when there is nothing to look for."""
        email, phone, of_lead = (stored.email, stored.phone, stored.country) if stored else (None, None, None)
        email = email if self.email is UNSET else self.email
        phone = phone if self.phone is UNSET else self.phone
        of_lead = of_lead if self.country is UNSET else self.country
        if stored is not None and self.phone is UNSET and self.country is UNSET:
            number = stored_phone_key(stored, country)
        else:
            number = read_phone(phone, of_lead, self.region, country)
        found = ContactKeys(email_key(email), number)
        if found.email is None and found.phone is None:
            return None
        return found._replace(former=former_keys(email, phone, of_lead, found)) if self.is_renewing else found


def read_phone(phone: str | None, of_lead: str | None, default: str, country: Country) -> str | None:
    """The key of a phone that is being written, or looked for, with a country of the lead or without."""
    if phone is None or not needs_region(phone):
        return phone_key(phone, default)
    return phone_key(phone, region_of(of_lead) or country() or default)


def former_keys(email: str | None, phone: str | None, of_lead: str | None, keys: ContactKeys) -> FormerKeys:
    emails = former_email_keys(email, keys.email) if email and keys.email else ()
    phones = former_phone_keys(phone, of_lead, keys.phone) if phone and keys.phone else ()
    return FormerKeys(frozenset(emails), frozenset(phones))


Column = Literal["email_key", "phone_key", "external_key"]
_MATCHED: dict[Column, str] = {"email_key": "email", "phone_key": "phone", "external_key": "client_lead_id"}


class Match(NamedTuple):
    """Leads that are not deleted and have this value in this column of theirs. `former` is set while the account's
    keys are renewed."""

    column: Column
    value: str
    former: FormerKeys | None = None

    @property
    def field(self) -> str:
        """What of the lead the column is made of."""
        return _MATCHED[self.column]

    def finds(self, lead: Lead, country: Country) -> bool:
        if lead.deleted_at_ms is not None:
            return False
        if self.column == "phone_key":
            return stored_phone_key(lead, country) == self.value
        found = email_key(lead.email) if self.column == "email_key" else external_key(lead.client_lead_id)
        return found == self.value
