"""A lead in the form of the peers, and as a POST body: with the names of the Expad API. Pure."""

import json
from typing import Any

import msgspec

from leadloop.api.body import encode
from leadloop.api.expad import wire
from leadloop.api.properties import ServerField, show_function
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import PINNED_NOTE
from leadloop.core.writes.unit import Saved
from leadloop.derived.columns import columns

Document = dict[str, Any]

REST = "more"
"""The member for everything without a column in the peers' tables."""

_NAMES = {
    "name": "name",
    "email": "email",
    "phone": "phoneNumber",
    "company_name": "companyName",
    "stage": "status",
    "thermometer": "thermometer",
    "lead_date_ms": "leadDate",
    "through": "through",
    "keyword": "keyword",
    "call_id": "callId",
    "call_status": "callStatus",
    "call_audio_url": "callAudioUrl",
    "call_duration_s": "callDuration",
    "facebook_lead_id": "facebookLeadId",
    "facebook_form_name": "facebookFormName",
    "owner": "leadAttributionUser",
    "unit": "unit",
    "department": "department",
    "interest": "interest",
    "tags": "tags",
    "answers": "fields",
    "activities": "activities",
    "steps": "conversionSteps",
    "cart": "leadCart",
    "activity_reason": "leadActivityReason",
    "loss_reason": "leadLossReson",
    "last_message": "lastMessage",
}
_OF_PARAMS = {"utm_campaign": "utmCampaign", "utm_medium": "utmMedium", "utm_source": "utmSource"}
_OF_ATTRIBUTION = {"capture_url": "startUrl", "referrer": "referrer", "user_agent": "userAgent"}
_OF_AI = {"is_active": "isActive", "has_collected_data": "hasCollectedData"}
_PROPERTIES = wire.properties()
_SHOW = show_function(_PROPERTIES)
_OWNED = {name for name, prop in _PROPERTIES.items() if isinstance(prop, ServerField)}


def document(saved: Saved) -> Document:
    """Everything that leadloop stores of the lead, so that the sizes are equal, under the names that PATCH uses."""
    stored = msgspec.json.decode(saved.doc)
    members = _take(stored, _NAMES)
    members |= _take(stored.get("params", {}), _OF_PARAMS) | _take(stored.get("attribution", {}), _OF_ATTRIBUTION)
    if "ai" in stored:
        members["aiData"] = _take(stored.pop("ai"), _OF_AI)
    if "sale_value_micros" in stored:
        members["saleValue"] = stored.pop("sale_value_micros") / 1_000_000
    notes = stored.get("notes", [])
    if notes and notes[-1]["id"] == PINNED_NOTE:
        members["note"] = notes.pop()["text"]
    row = columns(saved.lead)
    members |= {"source": row.source, "type": row.type, REST: stored}
    stored.pop("source", None)
    stored.pop("type", None)
    return members


def shown(lead: Lead) -> Document:
    """The properties of the lead that the Expad API shows and clients write, without empty values.

    It is the body that creates the lead."""
    view = {name: value for name, value in _SHOW(lead).items() if name not in _OWNED}
    pruned: Document = _without_empty_values(json.loads(encode(view)))
    return pruned


def _take(stored: Document, names: dict[str, str]) -> Document:
    return {new: stored.pop(old) for old, new in names.items() if old in stored}


def _without_empty_values(value: Any) -> Any:
    """Removes empty values, and the ids of the account and the lead."""
    if isinstance(value, list):
        return [_without_empty_values(item) for item in value]
    if not isinstance(value, dict):
        return value
    members = {
        name: _without_empty_values(member) for name, member in value.items() if name not in ("accountId", "leadId")
    }
    return {name: member for name, member in members.items() if member not in ("", 0, None, [], {})}
