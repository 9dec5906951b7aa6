"""Which contact keys a unit asks about."""

from typing import NamedTuple

from msgspec import UNSET

from leadloop.core.leads.doc import columns
from leadloop.core.leads.model import Lead
from leadloop.core.ports import ContactKeys


class Keys(NamedTuple):
    email: str | None
    phone: str | None


def keys_of(asked: ContactKeys | None, stored: Lead | None) -> Keys | None:
    """The stored lead's own key where none was given; `None` when there is nothing to look for."""
    if asked is None:
        return None
    email, phone = asked
    if email is UNSET or phone is UNSET:
        own = columns(stored) if stored is not None else None
        email = email if email is not UNSET else own.email_key if own else None
        phone = phone if phone is not UNSET else own.phone_key if own else None
    return None if email is None and phone is None else Keys(email, phone)
