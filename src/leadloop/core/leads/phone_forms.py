"""How a phone is shown and dialled. Unlike its matching key, it keeps every digit that was written. Pure."""

import re
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from leadloop.core.leads.phones import BRAZIL, BRAZIL_CODE, read_number

_BRAZILIAN = re.compile(r"([1-9]{2})(9?[0-9]{4})([0-9]{4})")
_CARRIER = re.compile(r"0(?:[1-9]{2}(?=[0-9]{10}))?")
"""The trunk zero before a Brazilian number, perhaps with the code of a carrier."""


class PhoneForms(NamedTuple):
    shown: str
    """In the national form, with its country code if it is of another region; what is no number stays as written."""
    e164: str | None
    """`+5511987654321`; `None` for a text that nobody can dial."""

    @property
    def digits(self) -> str:
        """As addresses of WhatsApp have it; empty if it cannot be dialled."""
        return (self.e164 or "").removeprefix("+")


LONGEST_KEPT = 64
"""Longer texts are read each time: the forms of many would take much memory."""


def phone_forms(phone: str, region: str) -> PhoneForms:
    """`region` is that in which a phone without country code is read (`matching.stored_region`)."""
    return _kept(phone, region) if len(phone) <= LONGEST_KEPT else _phone_forms(phone, region)


def _phone_forms(phone: str, region: str) -> PhoneForms:
    number = read_number(phone)
    if number is None:
        return PhoneForms(phone, None)
    digits, is_international = number
    if is_international:
        is_brazilian, national = digits.startswith(BRAZIL_CODE), digits.removeprefix(BRAZIL_CODE)
    else:
        is_brazilian, national = region == BRAZIL, _without_trunk(digits)
    if is_brazilian and (match := _BRAZILIAN.fullmatch(national)):
        area, begin, end = match.groups()
        shown = f"({area}) {begin}-{end}"
        return PhoneForms(shown if region == BRAZIL else f"+55 {shown}", f"+{BRAZIL_CODE}{national}")
    return _by_library(f"+{digits}" if is_international else digits, region, phone)


_kept = lru_cache(maxsize=16_384)(_phone_forms)


def _without_trunk(digits: str) -> str:
    if len(digits) in (12, 13) and digits.startswith(BRAZIL_CODE):
        return digits.removeprefix(BRAZIL_CODE)
    prefix = _CARRIER.match(digits)
    return digits[prefix.end() :] if prefix else digits


def _by_library(digits: str, region: str, phone: str) -> PhoneForms:
    try:
        number = phonenumbers.parse(digits, region)
    except NumberParseException:
        return PhoneForms(phone, None)
    if not phonenumbers.is_possible_number(number):
        return PhoneForms(phone, None)
    is_ours = phonenumbers.region_code_for_country_code(number.country_code or 0) == region
    form = PhoneNumberFormat.NATIONAL if is_ours else PhoneNumberFormat.INTERNATIONAL
    shown = phonenumbers.format_number(number, form)
    return PhoneForms(shown, phonenumbers.format_number(number, PhoneNumberFormat.E164))
