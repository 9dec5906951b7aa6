"""The LeadSail lead on the wire: the members of PATCH, of POST, and of the shown lead (leadsail.md section 2)."""

from collections.abc import Collection
from typing import Any

from msgspec import UNSET

from leadloop.api.leadsail.wire import special
from leadloop.api.leadsail.wire.shapes import (
    APPROVAL,
    CAMPAIGN,
    CONSENT,
    COUNT,
    COUNTRY,
    DATE,
    DIALLED_PHONE,
    EMAIL,
    FLAG,
    FREE,
    INSTANT,
    LONG_TEXT,
    NAME,
    OBJECT_OR_TEXT,
    PHONE,
    TEXT,
    TIMEZONE,
    TIMEZONE_SOURCE,
    UPPER_COUNTRY,
)
from leadloop.api.properties import (
    MergedMap,
    MergedPart,
    PartMember,
    Property,
    ServerField,
    StoredField,
    read_patch,
    show_function,
)
from leadloop.api.shapes import ListOf
from leadloop.core.instants import show_instant
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import tidy_name
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.problems import Problems

ID_PREFIX = "lead_"
REGION = "US"
"""Default region of phone numbers without a country code, if neither lead nor account has a country."""

_TIMES = {
    "latestSubmittedAt": "latest_submitted_at_ms",
    "lastActivityAt": "last_activity_at_ms",
    "deliveredAt": "delivered_at_ms",
}

PROPERTIES: dict[str, Property] = {
    "leadId": ServerField(lambda lead: ID_PREFIX + lead.id),
    "campaign": MergedPart("campaign", "campaign", CAMPAIGN),
    "approval": MergedPart("approval", "approval", APPROVAL),
    "firstName": StoredField("firstName", "first_name", NAME, nullable=False),
    "lastName": StoredField("lastName", "last_name", NAME, nullable=False),
    "email": StoredField("email", "email", EMAIL, nullable=False),
    "phone": StoredField("phone", "phone", PHONE, nullable=False),
    "country": StoredField("country", "country", COUNTRY),
    "address": special.PostalAddress(),
    "dateOfBirth": StoredField("dateOfBirth", "date_of_birth", DATE),
    "timezone": StoredField("timezone", "timezone", TIMEZONE),
    "timezoneSource": StoredField("timezoneSource", "timezone_source", TIMEZONE_SOURCE),
    "notes": special.Notes(),
    "questionnaire": special.Questionnaire(),
    "attribution": special.Clicks(),
    "compliance": MergedMap("compliance", "consent", FREE, codecs=CONSENT),
    "customFields": MergedMap("customFields", "custom_fields", FREE),
    "status": special.Status(),
    "detail": StoredField("detail", "detail", LONG_TEXT),
    "flags": MergedMap("flags", "flags", FLAG),
    "tags": special.TagNames(),
    "clientLeadId": StoredField("clientLeadId", "client_lead_id", TEXT),
    "repostedTo": special.Reposts(ListOf(OBJECT_OR_TEXT)),
    **{name: StoredField(name, attribute, INSTANT) for name, attribute in _TIMES.items()},
    "submissionCount": StoredField("submissionCount", "submission_count", COUNT),
    "createdAt": ServerField(lambda lead: show_instant(lead.created_at_ms)),
    "updatedAt": ServerField(lambda lead: show_instant(lead.updated_at_ms)),
    "deletedAt": ServerField(
        lambda lead: UNSET if lead.deleted_at_ms is None else show_instant(lead.deleted_at_ms),
        ("/deleted_at_ms", "/deletedAt", INSTANT),
    ),
    "deleteQuestionnaireKeys": special.RemovedAnswers(),
}
"""In the order in which they are shown."""

NEW_LEAD: dict[str, Property] = {
    "campaignId": PartMember("campaignId", "campaign", "id", NAME),
    "firstName": PROPERTIES["firstName"],
    "lastName": PROPERTIES["lastName"],
    "email": PROPERTIES["email"],
    "phone": StoredField("phone", "phone", DIALLED_PHONE, nullable=False),
    "country": StoredField("country", "country", UPPER_COUNTRY),
    **{
        name: PROPERTIES[name]
        for name in ("address", "timezone", "timezoneSource", "flags", "notes", "questionnaire", "attribution")
    },
    "compliance": PROPERTIES["compliance"],
    "clientLeadId": PROPERTIES["clientLeadId"],
}
MATCHES: dict[str, str] = {"email": "email", "phone": "phone", "externalId": "clientLeadId"}
"""Upsert keys → the member with the value."""
REQUIRED = ("campaignId", "firstName", "lastName", "email", "phone")


show = show_function(PROPERTIES)


def new_lead(body: dict[str, Any], lead: Lead, problems: Problems, required: Collection[str] = REQUIRED) -> LeadPatch:
    """The patch of a POST for `lead`, which is blank or one that an upsert matched; the latter has no required members.
    Normalizes the names and puts the e-mail in lower case. Raises `InvalidFields`.
    """
    body = {name: _normalized(name, value) for name, value in body.items()}
    for name in REQUIRED:
        if name not in body and name in required:
            problems.refuse(f"/{name}", "required")
        elif body.get(name, "") is None:
            problems.refuse(f"/{name}", "null")
    present = {name: value for name, value in body.items() if name not in REQUIRED or value is not None}
    return read_patch(NEW_LEAD, present, lead, problems)


def _normalized(name: str, value: Any) -> Any:
    if name in ("firstName", "lastName") and isinstance(value, str):
        return tidy_name(value)
    if name == "email" and isinstance(value, str):
        return value.strip().lower()
    if name == "questionnaire" and isinstance(value, dict):
        return [{"key": key, "answer": answer} for key, answer in value.items()]
    return value
