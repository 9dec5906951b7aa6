"""The Expad lead on the wire: its 72 properties and their stored fields (expad.md section 3)."""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, structs

from leadloop.api.expad.wire import shapes, special
from leadloop.api.expad.wire.answers import AnswerList
from leadloop.api.expad.wire.shapes import FLAG, ID, MONEY, TEXT, WHOLE
from leadloop.api.properties import (
    MapEntry,
    MergedMap,
    MergedPart,
    PartMember,
    Property,
    ServerField,
    StoredField,
    read_patch,
)
from leadloop.api.scalars import Epoch, Millionths
from leadloop.core.ids import Stamp
from leadloop.core.leads.merge import merge
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Cart
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.leads.source import derived_source
from leadloop.core.problems import Problems

REGION = "BR"
"""Default region of phone numbers without a country code, if neither lead nor account has a country."""

REACHABLE = {"name": "name", "email": "email", "phoneNumber": "phone"}
"""Property → attribute. A lead always has at least one of these with a letter or a digit."""

_TEXTS = {
    "name": "name",
    "email": "email",
    "phoneNumber": "phone",
    "cpf": "cpf",
    "cnpj": "cnpj",
    "companyName": "company_name",
    "thermometer": "thermometer",
    "through": "through",
    "helenaLastSessionId": "chat_session_id",
    "callId": "call_id",
    "callStatus": "call_status",
    "callAudioUrl": "call_audio_url",
    "googleLeadId": "google_lead_id",
    "facebookLeadId": "facebook_lead_id",
    "facebookFormId": "facebook_form_id",
    "facebookFormName": "facebook_form_name",
    "facebookPageId": "facebook_page_id",
    "facebookPageName": "facebook_page_name",
    "facebookAdId": "facebook_ad_id",
    "facebookAdgroupId": "facebook_adgroup_id",
    "formId": "form_id",
    "keyword": "keyword",
}
_WHOLES = {
    "callDuration": "call_duration_s",
    "googleCampaignId": "google_campaign_id",
    "googleAdgroupId": "google_adgroup_id",
    "googleCreativeId": "google_creative_id",
    "googleFormId": "google_form_id",
}
_REFERENCES = {
    "leadAttributionUser": ("owner", shapes.USER),
    "unit": ("unit", shapes.UNIT),
    "department": ("department", shapes.DEPARTMENT),
    "interest": ("interest", shapes.INTEREST),
    "leadLossReson": ("loss_reason", shapes.REASON),
    "leadActivityReason": ("activity_reason", shapes.REASON),
}
_CLICKS = {"startUrl": "capture_url", "referrer": "referrer", "userAgent": "user_agent"}
_UTM = {f"utm{word.title()}": f"utm_{word}" for word in ("campaign", "content", "medium", "source", "term")}

CART = shapes.CartShape(
    Cart, {"leadProducts": ("lines", shapes.CART_LINES), "value": ("value_micros", MONEY)}, unset=None
)


def properties(*, show_seconds: bool = False) -> dict[str, Property]:
    """All properties by their names on the wire."""
    return {
        "id": ServerField(lambda lead: lead.id),
        "accountId": ServerField(lambda lead: lead.account_id),
        **{name: StoredField(name, attribute, TEXT) for name, attribute in _TEXTS.items()},
        "address": special.AddressLine(),
        "note": special.NoteText(),
        "customLeadSourceId": special.CustomId("customLeadSourceId", "custom_source_id", ID),
        "source": special.SourceName(),
        "customLeadTypeId": special.CustomId("customLeadTypeId", "custom_type_id", ID),
        "type": special.TypeName(),
        "status": special.StageName(),
        **_time_properties(
            Epoch(show_in_seconds=show_seconds), Epoch(show_in_seconds=show_seconds, zero_is_absent=True)
        ),
        "markedForDeletion": special.DeletionMark(),
        "duplicate": ServerField(lambda lead: lead.duplicate, ("/duplicate", "/duplicate", WHOLE)),
        "aiData": MergedPart("aiData", "ai", shapes.AI),
        "campaignIdData": special.CampaignIds(),
        "conversionSteps": MergedMap("conversionSteps", "steps", FLAG, unset={}),
        **{name: StoredField(name, attribute, shape) for name, (attribute, shape) in _REFERENCES.items()},
        "hasAttributionUser": ServerField(lambda lead: lead.owner is not None),
        "hasLeadCalls": ServerField(_has_calls),
        "hasLeadMessages": ServerField(lambda lead: lead.last_message is not None),
        "fields": AnswerList(),
        "leadCart": StoredField("leadCart", "cart", CART),
        "saleValue": StoredField("saleValue", "sale_value_micros", Millionths(unset=0, zero_clears=True)),
        **{name: StoredField(name, attribute, WHOLE) for name, attribute in _WHOLES.items()},
        "facebookAdsPixelData": StoredField("facebookAdsPixelData", "facebook_pixel_data", shapes.PlainText()),
        **{name: PartMember(name, "attribution", member, TEXT) for name, member in _CLICKS.items()},
        **{name: MapEntry(name, "params", key, TEXT) for name, key in _UTM.items()},
    }


EXTENSIONS: dict[str, Property] = {
    "externalId": StoredField("externalId", "client_lead_id", TEXT),
    "currency": StoredField("currency", "currency", shapes.CurrencyCode()),
}
"""leadloop's own: Create and Update accept them, Get does not show them."""

FEED_NAMES = {
    "/messages/": "/expad/messages/",
    "/custom_source_name": "/expad/customLeadSourceName",
    "/custom_type_name": "/expad/customLeadTypeName",
}
"""leadloop's own names in the change feed, for fields that Get shows in another form."""
FEED_REPEATS = frozenset({"/tags"})

MATCHES: dict[str, str] = {"email": "email", "phone": "phoneNumber", "externalId": "externalId"}
"""Upsert keys → the property with the value."""


def _time_properties(times: Epoch, received: Epoch) -> Mapping[str, Property]:
    return {
        "createdDate": ServerField(lambda lead: times.show(lead.created_at_ms)),
        "leadDate": StoredField("leadDate", "lead_date_ms", times),
        "deletedAt": ServerField(lambda lead: times.show(lead.deleted_at_ms or 0)),
        "navStartedAt": StoredField("navStartedAt", "nav_started_at_ms", times),
        "navEndedAt": StoredField("navEndedAt", "nav_ended_at_ms", times),
        "activities": special.Activities(shapes.activity(times, received)),
        "conversionStepTimestamps": special.StepTimes(received),
        "tags": special.TagSet(shapes.tag(received)),
        "lastMessage": special.LastMessage(shapes.message(received)),
        "dialog360Info": MergedPart("dialog360Info", "channel", shapes.channel(times)),
    }


def _has_calls(lead: Lead) -> bool:
    return bool(lead.call_id or lead.call_status or lead.call_audio_url or lead.call_duration_s)


def differs(table: Mapping[str, Property], before: Lead, after: Lead) -> bool:
    """Whether Get shows two states of a lead differently. Stops at the first difference."""
    return any(prop.show(before) != prop.show(after) for prop in table.values())


def new_lead(
    table: Mapping[str, Property], body: dict[str, Any], blank: Lead, stamp: Stamp, problems: Problems
) -> LeadPatch:
    """The patch of a POST body for a blank lead. Without `source` it is derived from the ids in the body, else CUSTOM.

    Raises `InvalidFields`, also if the body has no usable name, e-mail or phone.
    """
    if not any(_identifies(body.get(name)) for name in REACHABLE):
        problems.refuse("", "reachable_required", names=tuple(REACHABLE))
    fields: dict[str, Any] = {}
    if body.get("source") not in (None, ""):
        special.SourceName().read(body["source"], blank, "/source", problems, fields)
    patch = read_patch(table, {name: value for name, value in body.items() if name != "source"}, blank, problems)
    if fields.get("source") is None:
        fields["source"] = derived_source(merge(blank, patch, stamp).lead) or "CUSTOM"
    if patch.custom_source_id is not UNSET:
        fields.pop("custom_source_id", None)
    return structs.replace(patch, **fields)


def keep_reachable(lead: Lead, fields: Mapping[str, Any], problems: Problems) -> None:
    """Refuses to clear the last usable one of name, e-mail and phone."""
    cleared = [
        name
        for name, attribute in REACHABLE.items()
        if attribute in fields and fields[attribute] != getattr(lead, attribute) and not _identifies(fields[attribute])
    ]
    if cleared and not any(
        _identifies(fields.get(attribute, getattr(lead, attribute))) for attribute in REACHABLE.values()
    ):
        problems.refuse(f"/{cleared[0]}", "last_reachable", names=tuple(REACHABLE))


def _identifies(value: Any) -> bool:
    """Whether a name, e-mail or phone contains a letter or a digit; `-` and blanks identify nobody."""
    return isinstance(value, str) and any(map(str.isalnum, value))


def message_id(body: Mapping[str, Any]) -> str | None:
    """The id of the message in a body, if it has one."""
    message = body.get("lastMessage")
    message_id = message.get("id") if isinstance(message, dict) else None
    return message_id if isinstance(message_id, str) and message_id else None
