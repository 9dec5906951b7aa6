"""How a lead's phone is shown, dialled and written to by WhatsApp. Pure."""

from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from leadloop.core.leads.matching import stored_region
from leadloop.core.leads.model import Lead
from leadloop.core.leads.phones import read_number


class PhoneLink(NamedTuple):
    shown: str
    """In national form where it is a number of the lead's region, else in international form."""
    e164: str
    """`+5511987654321`: to dial and to copy."""

    @property
    def whatsapp(self) -> str:
        """The address that opens a conversation with the number."""
        return f"https://wa.me/{self.e164[1:]}"


def phone_link(lead: Lead, country: str | None) -> PhoneLink | None:
    """`country` is the account's. `None` if the lead has no phone, or one that cannot be dialled."""
    return None if lead.phone is None else _link(lead.phone, stored_region(lead, lambda: country))


@lru_cache(maxsize=4_096)
def _link(phone: str, region: str) -> PhoneLink | None:
    number = read_number(phone)
    if number is None:
        return None
    try:
        parsed = phonenumbers.parse(f"+{number.digits}" if number.is_international else number.digits, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    is_national = parsed.country_code == phonenumbers.country_code_for_region(region)
    form = PhoneNumberFormat.NATIONAL if is_national else PhoneNumberFormat.INTERNATIONAL
    return PhoneLink(
        phonenumbers.format_number(parsed, form), phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    )
