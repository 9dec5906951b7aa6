"""Codecs and nested objects of the LeadSail lead (leadsail.md sections 2 to 4). Unset members are left out."""

import re

from leadloop.api.outside_ids import OUTSIDE_ID
from leadloop.api.scalars import LONG_TEXT_LIMIT_BYTES, AnyJson, Flag, Instant, Text, WholeNumber
from leadloop.api.shapes import Shape
from leadloop.core.errors import Problem
from leadloop.core.instants import is_date
from leadloop.core.leads.normalize import timezones
from leadloop.core.leads.parts import Address, Approval, Attribution, Campaign, FormAnswer, Note
from leadloop.core.leads.status import GROUPS

_LOCAL_PART = r"[^\s@.,;:<>()\[\]\\\"]+(?:\.[^\s@.,;:<>()\[\]\\\"]+)*"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_EMAIL = re.compile(rf"{_LOCAL_PART}@{_LABEL}(?:\.{_LABEL})*")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+")
_DIALLED = re.compile("[0-9\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff().+-]+")
"""Includes all white space that `\\s` matches in JavaScript."""

STATUSES = tuple(status for statuses in GROUPS.values() for status in statuses)
APPROVALS = ("pending", "approved", "rejected")
TIMEZONE_SOURCES = ("ip", "zip", "area_code", "user_input", "inferred")


TEXT = Text()
LONG_TEXT = Text(limit_bytes=LONG_TEXT_LIMIT_BYTES)
NAME = Text(shortest=1)
EMAIL = Text(check=lambda text: _EMAIL.fullmatch(text) is not None, expected=Problem("email_expected"))
PHONE = Text(shortest=10)
DIALLED_PHONE = Text(
    shortest=10,
    check=lambda text: _DIALLED.fullmatch(text) is not None,
    expected=Problem("dialled_phone_expected"),
)
COUNTRY = Text(shortest=2, longest=2)
UPPER_COUNTRY = Text(
    check=lambda text: re.fullmatch("[A-Z]{2}", text) is not None, expected=Problem("country_expected")
)
DATE = Text(check=is_date, expected=Problem("date_expected"))
TIMEZONE = Text(check=lambda text: text in timezones(), expected=Problem("iana_zone_expected"))
TIMEZONE_SOURCE = Text(choices=TIMEZONE_SOURCES)
STATUS = Text(choices=STATUSES)
URI = Text(check=lambda text: _URI.fullmatch(text) is not None, expected=Problem("uri_expected"))
INSTANT = Instant()
FLAG = Flag()
COUNT = WholeNumber(least=0)
FREE = AnyJson()
ANSWER = AnyJson(LONG_TEXT_LIMIT_BYTES)
OBJECT_OR_TEXT = AnyJson(only=(dict, str), expected=Problem("object_or_text_expected"))

ADDRESS = Shape(
    Address,
    {name: (name, TEXT) for name in ("street", "unit", "city", "state", "zip", "country")},
)
NOTE = Shape(
    Note,
    {
        "id": ("id", OUTSIDE_ID),
        "text": ("text", LONG_TEXT),
        "createdAt": ("created_at_ms", INSTANT),
        "createdBy": ("created_by", TEXT),
    },
)
QUESTION = Shape(
    FormAnswer,
    {"key": ("key", Text(shortest=1, limit_bytes=256)), "question": ("label", TEXT), "answer": ("value", ANSWER)},
)
CLICKS = Shape(
    Attribution,
    {
        "captureUrl": ("capture_url", URI),
        "referrer": ("referrer", URI),
        "ipAddress": ("ip_address", TEXT),
        "userAgent": ("user_agent", TEXT),
        **{name: (name, TEXT) for name in ("gclid", "gbraid", "wbraid", "fbclid", "fbc", "fbp", "ttclid", "ttp")},
        "msclkid": ("msclkid", TEXT),
        "tblci": ("tblci", TEXT),
        "adPlatform": ("ad_platform", TEXT),
        "capturePlatform": ("capture_platform", TEXT),
    },
)
APPROVAL = Shape(
    Approval,
    {
        "status": ("status", Text(choices=APPROVALS)),
        "campaignId": ("campaign_id", TEXT),
        "decidedBy": ("decided_by", TEXT),
        "decidedAt": ("decided_at_ms", INSTANT),
        "reason": ("reason", TEXT),
    },
)
CAMPAIGN = Shape(
    Campaign,
    {
        "campaignId": ("id", NAME),
        "name": ("name", TEXT),
        "clientId": ("client_id", TEXT),
        "clientName": ("client_name", TEXT),
        "clientAbbrev": ("client_abbrev", TEXT),
        "offerId": ("offer_id", TEXT),
        "offerName": ("offer_name", TEXT),
        "offerAbbrev": ("offer_abbrev", TEXT),
    },
)
CONSENT = {
    "tcpaConsent": FLAG,
    "tcpaText": TEXT,
    "tcpaTimestamp": TEXT,
    "trustedFormCertUrl": TEXT,
    "jornayaLeadId": TEXT,
    "consentIpAddress": TEXT,
    "consentUrl": TEXT,
}
