"""Recognises a person: the matching keys of a lead, and the lookups of a write or upsert (semantics section 1).

The key of a phone depends on the region in which it is read. A change that writes a phone records the region, so the
key is a function of the lead alone. Older leads have no region: the lead's country is used, else the account's, else
Brazil. Pure.
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
"""Returns the account's country, a known region, or `None`. Called only where it makes a difference."""

REGION = pointer("phone_region")


def no_country() -> None:
    """The `Country` of an account without a country."""


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
    """A changed lead and its field changes, with the region in which its phone is read from now on.

    Adds nothing if neither phone nor country changes. `default` is the dialect's region. `is_same_phone` means that the
    write found the lead by this phone, so that a new country does not make it a different number.
    """
    if lead.phone == before.phone and lead.country == before.country:
        return lead, fields
    region = None
    if lead.phone is not None and needs_region(lead.phone):
        current_region = stored_region(before, country) if is_same_phone else None
        region = current_region or region_of(lead.country) or country() or default
    if region == lead.phone_region:
        return lead, fields
    region_change = FieldChange(REGION, before.phone_region, region)
    return structs.replace(lead, phone_region=region), [*fields, region_change]


class FormerKeys(NamedTuple):
    """The keys under which leads may be stored that are not renewed yet, including the current keys."""

    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()


class ContactKeys(NamedTuple):
    """The keys of a person; `None` for no key. `former` is set while the account's keys are being renewed."""

    email: str | None
    phone: str | None
    former: FormerKeys | None = None

    def match(self, lead: Lead, country: Country) -> bool:
        """Whether the lead, by its current keys, belongs to the same person."""
        return (self.email is not None and self.email == email_key(lead.email)) or (
            self.phone is not None and self.phone == stored_phone_key(lead, country)
        )


class Contact(NamedTuple):
    """E-mail, phone and country that a patch writes, in the client's spelling; `UNSET` keeps what the lead has.

    For a unit with a contact the store counts the account's other leads that share a key with its lead and are not
    deleted. `region` is the dialect's; `is_renewing` tells whether the keys of the account's leads are being renewed.
    """

    email: str | UnsetType | None = UNSET
    phone: str | UnsetType | None = UNSET
    country: str | UnsetType | None = UNSET
    region: str = BRAZIL
    is_renewing: bool = False

    def keys(self, stored: Lead | None, country: Country, stored_keys: ContactKeys | None = None) -> ContactKeys | None:
        """The keys to look up; `None` if there are none. Pass the keys of the `stored` lead if they are at hand."""
        if self.is_renewing:
            stored_keys = None
        email, phone, lead_country = (stored.email, stored.phone, stored.country) if stored else (None, None, None)
        email = email if self.email is UNSET else self.email
        phone = phone if self.phone is UNSET else self.phone
        lead_country = lead_country if self.country is UNSET else self.country
        if stored is not None and self.phone is UNSET and self.country is UNSET:
            number = stored_phone_key(stored, country) if stored_keys is None else stored_keys.phone
        else:
            number = read_phone(phone, lead_country, self.region, country)
        address = stored_keys.email if stored_keys is not None and self.email is UNSET else email_key(email)
        keys = ContactKeys(address, number)
        if keys.email is None and keys.phone is None:
            return None
        return keys._replace(former=former_keys(email, phone, lead_country, keys)) if self.is_renewing else keys


def read_phone(phone: str | None, lead_country: str | None, default: str, country: Country) -> str | None:
    """The key of a phone that is written or looked up; `lead_country` may be `None`."""
    if phone is None or not needs_region(phone):
        return phone_key(phone, default)
    return phone_key(phone, region_of(lead_country) or country() or default)


def former_keys(email: str | None, phone: str | None, lead_country: str | None, keys: ContactKeys) -> FormerKeys:
    emails = former_email_keys(email, keys.email) if email and keys.email else ()
    phones = former_phone_keys(phone, lead_country, keys.phone) if phone and keys.phone else ()
    return FormerKeys(frozenset(emails), frozenset(phones))


Column = Literal["email_key", "phone_key", "external_key"]
_MATCHED: dict[Column, str] = {"email_key": "email", "phone_key": "phone", "external_key": "client_lead_id"}


class Match(NamedTuple):
    """Matches leads that are not deleted and have this value in this column. `former` is set while the account's keys
    are being renewed."""

    column: Column
    value: str
    former: FormerKeys | None = None

    @property
    def field(self) -> str:
        """The lead's field from which the column is computed."""
        return _MATCHED[self.column]

    def matches(self, lead: Lead, country: Country) -> bool:
        if lead.deleted_at_ms is not None:
            return False
        if self.column == "phone_key":
            return stored_phone_key(lead, country) == self.value
        key = email_key(lead.email) if self.column == "email_key" else external_key(lead.client_lead_id)
        return key == self.value
