"""The LeadSail lead on the wire: what PATCH takes, what POST takes, and the lead as shown (leadsail.md section 2)."""

from collections.abc import Collection
from typing import Any

from msgspec import UNSET

from leadloop.api.instants import show_instant
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
from leadloop.api.properties import Keyed, Member, Merged, Owned, Plain, Property, read_patch
from leadloop.api.shapes import ListOf
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import tidy_name
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.problems import Problems

ID_PREFIX = "lead_"
REGION = "US"
"""Where phones are read that say no country, of leads and accounts without one."""

_TIMES = {
    "latestSubmittedAt": "latest_submitted_at_ms",
    "lastActivityAt": "last_activity_at_ms",
    "deliveredAt": "delivered_at_ms",
}

PROPERTIES: dict[str, Property] = {
    "leadId": Owned(lambda lead: ID_PREFIX + lead.id),
    "campaign": Merged("campaign", "campaign", CAMPAIGN),
    "approval": Merged("approval", "approval", APPROVAL),
    "firstName": Plain("firstName", "first_name", NAME, nullable=False),
    "lastName": Plain("lastName", "last_name", NAME, nullable=False),
    "email": Plain("email", "email", EMAIL, nullable=False),
    "phone": Plain("phone", "phone", PHONE, nullable=False),
    "country": Plain("country", "country", COUNTRY),
    "address": special.PostalAddress(),
    "dateOfBirth": Plain("dateOfBirth", "date_of_birth", DATE),
    "timezone": Plain("timezone", "timezone", TIMEZONE),
    "timezoneSource": Plain("timezoneSource", "timezone_source", TIMEZONE_SOURCE),
    "notes": special.Notes(),
    "questionnaire": special.Questionnaire(),
    "attribution": special.Clicks(),
    "compliance": Keyed("compliance", "consent", FREE, kinds=CONSENT),
    "customFields": Keyed("customFields", "custom_fields", FREE),
    "status": special.Status(),
    "detail": Plain("detail", "detail", LONG_TEXT),
    "flags": Keyed("flags", "flags", FLAG),
    "tags": special.TagNames(),
    "clientLeadId": Plain("clientLeadId", "client_lead_id", TEXT),
    "repostedTo": special.Reposts(ListOf(OBJECT_OR_TEXT)),
    **{name: Plain(name, attribute, INSTANT) for name, attribute in _TIMES.items()},
    "submissionCount": Plain("submissionCount", "submission_count", COUNT),
    "createdAt": Owned(lambda lead: show_instant(lead.created_at_ms)),
    "updatedAt": Owned(lambda lead: show_instant(lead.updated_at_ms)),
    "deletedAt": Owned(
        lambda lead: UNSET if lead.deleted_at_ms is None else show_instant(lead.deleted_at_ms),
        ("/deleted_at_ms", "/deletedAt", INSTANT),
    ),
    "deleteQuestionnaireKeys": special.RemovedAnswers(),
}
"""In the order in which a lead is shown."""

NEW_LEAD: dict[str, Property] = {
    "campaignId": Member("campaignId", "campaign", "id", NAME),
    "firstName": PROPERTIES["firstName"],
    "lastName": PROPERTIES["lastName"],
    "email": PROPERTIES["email"],
    "phone": Plain("phone", "phone", DIALLED_PHONE, nullable=False),
    "country": Plain("country", "country", UPPER_COUNTRY),
    **{
        name: PROPERTIES[name]
        for name in ("address", "timezone", "timezoneSource", "flags", "notes", "questionnaire", "attribution")
    },
    "compliance": PROPERTIES["compliance"],
    "clientLeadId": PROPERTIES["clientLeadId"],
}
MATCHES: dict[str, str] = {"email": "email", "phone": "phone", "externalId": "clientLeadId"}
"""What an upsert can look for a lead by, and the member that holds it."""
REQUIRED = ("campaignId", "firstName", "lastName", "email", "phone")


def show(lead: Lead) -> dict[str, Any]:
    shown = {name: found.show(lead) for name, found in PROPERTIES.items()}
    return {name: value for name, value in shown.items() if value is not UNSET}


def new_lead(body: dict[str, Any], lead: Lead, problems: Problems, required: Collection[str] = REQUIRED) -> LeadPatch:
    """The patch that a POST means for `lead`: a new one, or one that an upsert found, which needs no more members than
    it was looked for by. Names are tidied, the e-mail is in lower case. Raises `InvalidFields`.
    """
    body = {name: _tidied(name, value) for name, value in body.items()}
    for name in REQUIRED:
        if name not in body and name in required:
            problems.refuse(f"/{name}", "required")
        elif body.get(name, "") is None:
            problems.refuse(f"/{name}", "null")
    present = {name: value for name, value in body.items() if name not in REQUIRED or value is not None}
    return read_patch(NEW_LEAD, present, lead, problems)


def _tidied(name: str, value: Any) -> Any:
    if name in ("firstName", "lastName") and isinstance(value, str):
        return tidy_name(value)
    if name == "email" and isinstance(value, str):
        return value.strip().lower()
    if name == "questionnaire" and isinstance(value, dict):
        return [{"key": key, "answer": answer} for key, answer in value.items()]
    return value
