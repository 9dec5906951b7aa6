"""A lead as the peers keep it, and as it is posted: with the names of the Expad API. Pure."""

import json
from typing import Any

import msgspec

from leadloop.api.body import encode
from leadloop.api.expad import wire
from leadloop.api.properties import ServerField
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import PINNED_NOTE
from leadloop.core.writes.unit import Saved
from leadloop.derived.columns import columns

Document = dict[str, Any]

REST = "more"
"""The member that holds what has no name in the peers' tables."""

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
}
_OF_PARAMS = {"utm_campaign": "utmCampaign", "utm_medium": "utmMedium", "utm_source": "utmSource"}
_OF_ATTRIBUTION = {"capture_url": "startUrl", "referrer": "referrer", "user_agent": "userAgent"}
_OF_AI = {"is_active": "isActive", "has_collected_data": "hasCollectedData"}
_PROPERTIES = wire.properties()
_OWNED = {name for name, found in _PROPERTIES.items() if isinstance(found, ServerField)}


def document(saved: Saved) -> Document:
    """All that leadloop stores of the lead, so that the sizes are alike, under the names that PATCH uses."""
    stored = msgspec.json.decode(saved.doc)
    found = _take(stored, _NAMES)
    found |= _take(stored.get("params", {}), _OF_PARAMS) | _take(stored.get("attribution", {}), _OF_ATTRIBUTION)
    if "ai" in stored:
        found["aiData"] = _take(stored.pop("ai"), _OF_AI)
    if "sale_value_micros" in stored:
        found["saleValue"] = stored.pop("sale_value_micros") / 1_000_000
    notes = stored.get("notes", [])
    if notes and notes[-1]["id"] == PINNED_NOTE:
        found["note"] = notes.pop()["text"]
    row = columns(saved.lead)
    found |= {"source": row.source, "type": row.type, REST: stored}
    stored.pop("source", None)
    stored.pop("type", None)
    return found


def body(lead: Lead) -> Document:
    """What would create the lead through the Expad API."""
    shown = {name: value for name, value in wire.show(_PROPERTIES, lead).items() if name not in _OWNED}
    pruned: Document = _pruned(json.loads(encode(shown)))
    return pruned


def _take(stored: Document, names: dict[str, str]) -> Document:
    return {new: stored.pop(old) for old, new in names.items() if old in stored}


def _pruned(value: Any) -> Any:
    """Without what stands for nothing, and without ids of what it belongs to."""
    if isinstance(value, list):
        return [_pruned(item) for item in value]
    if not isinstance(value, dict):
        return value
    members = {name: _pruned(member) for name, member in value.items() if name not in ("accountId", "leadId")}
    return {name: member for name, member in members.items() if member not in ("", 0, None, [], {})}
