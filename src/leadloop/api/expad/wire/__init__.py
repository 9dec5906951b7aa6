"""The Expad lead on the wire: its 72 properties, each with what it is in the core (expad.md section 3)."""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, structs

from leadloop.api.expad.wire import shapes, special
from leadloop.api.expad.wire.answers import Fields
from leadloop.api.expad.wire.shapes import FLAG, ID, MONEY, TEXT, WHOLE
from leadloop.api.properties import Key, Keyed, Member, Merged, Owned, Plain, Property, read_patch
from leadloop.api.scalars import Epoch, Millionths
from leadloop.core.ids import Stamp
from leadloop.core.leads.merge import merge
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Cart
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.leads.source import derived_source
from leadloop.core.problems import Problems

REGION = "BR"
"""Where phones are read that say no country, of leads and accounts without one."""

REACHABLE = {"name": "name", "email": "email", "phoneNumber": "phone"}
"""A lead always has at least one of these, with a letter or a digit in it."""

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
    """Every property by its name on the wire."""
    return {
        "id": Owned(lambda lead: lead.id),
        "accountId": Owned(lambda lead: lead.account_id),
        **{name: Plain(name, attribute, TEXT) for name, attribute in _TEXTS.items()},
        "address": special.AddressLine(),
        "note": special.NoteText(),
        "customLeadSourceId": special.CustomId("customLeadSourceId", "custom_source_id", ID),
        "source": special.Source(),
        "customLeadTypeId": special.CustomId("customLeadTypeId", "custom_type_id", ID),
        "type": special.Type(),
        "status": special.Stage(),
        **_timed(Epoch(show_in_seconds=show_seconds), Epoch(show_in_seconds=show_seconds, zero_is_absent=True)),
        "markedForDeletion": special.Deleted(),
        "duplicate": Owned(lambda lead: lead.duplicate, ("/duplicate", "/duplicate", WHOLE)),
        "aiData": Merged("aiData", "ai", shapes.AI),
        "campaignIdData": special.CampaignIds(),
        "conversionSteps": Keyed("conversionSteps", "steps", FLAG, unset={}),
        **{name: Plain(name, attribute, shape) for name, (attribute, shape) in _REFERENCES.items()},
        "hasAttributionUser": Owned(lambda lead: lead.owner is not None),
        "hasLeadCalls": Owned(_has_calls),
        "hasLeadMessages": Owned(lambda lead: lead.last_message is not None),
        "fields": Fields(),
        "leadCart": Plain("leadCart", "cart", CART),
        "saleValue": Plain("saleValue", "sale_value_micros", Millionths(unset=0, zero_clears=True)),
        **{name: Plain(name, attribute, WHOLE) for name, attribute in _WHOLES.items()},
        "facebookAdsPixelData": Plain("facebookAdsPixelData", "facebook_pixel_data", shapes.PlainText()),
        **{name: Member(name, "attribution", member, TEXT) for name, member in _CLICKS.items()},
        **{name: Key(name, "params", key, TEXT) for name, key in _UTM.items()},
    }


EXTENSIONS: dict[str, Property] = {"externalId": Plain("externalId", "client_lead_id", TEXT)}
"""Ours: taken by Create and Update, not among the properties of the lead as shown."""

FEED_NAMES = {
    "/messages/": "/expad/messages/",
    "/custom_source_name": "/expad/customLeadSourceName",
    "/custom_type_name": "/expad/customLeadTypeName",
}
"""Ours, in the change feed, where the lead as shown has something else in their place."""
FEED_REPEATS = frozenset({"/tags"})

MATCHES: dict[str, str] = {"email": "email", "phone": "phoneNumber", "externalId": "externalId"}
"""What an upsert can look for a lead by, and the property that holds it."""


def _timed(times: Epoch, received: Epoch) -> Mapping[str, Property]:
    return {
        "createdDate": Owned(lambda lead: times.show(lead.created_at_ms)),
        "leadDate": Plain("leadDate", "lead_date_ms", times),
        "deletedAt": Owned(lambda lead: times.show(lead.deleted_at_ms or 0)),
        "navStartedAt": Plain("navStartedAt", "nav_started_at_ms", times),
        "navEndedAt": Plain("navEndedAt", "nav_ended_at_ms", times),
        "activities": special.Activities(shapes.activity(times, received)),
        "conversionStepTimestamps": special.StepTimes(received),
        "tags": special.TagSet(shapes.tag(received)),
        "lastMessage": special.LastMessage(shapes.message(received)),
        "dialog360Info": Merged("dialog360Info", "channel", shapes.channel(times)),
    }


def _has_calls(lead: Lead) -> bool:
    return bool(lead.call_id or lead.call_status or lead.call_audio_url or lead.call_duration_s)


def show(table: Mapping[str, Property], lead: Lead) -> dict[str, Any]:
    """The whole lead as Get answers it."""
    return {name: found.show(lead) for name, found in table.items()}


def differs(table: Mapping[str, Property], before: Lead, after: Lead) -> bool:
    """Whether Get answers two states of a lead differently. Stops at the first property that does."""
    return any(found.show(before) != found.show(after) for found in table.values())


def new_lead(
    table: Mapping[str, Property], body: dict[str, Any], blank: Lead, stamp: Stamp, problems: Problems
) -> LeadPatch:
    """The patch that makes a lead of a blank one. Without a source, the ids that came along tell it, else it is CUSTOM.

    Raises `InvalidFields`, also when there is no way to reach or name the lead.
    """
    if not any(_says_who(body.get(name)) for name in REACHABLE):
        problems.refuse("", "reachable_required", names=tuple(REACHABLE))
    named: dict[str, Any] = {}
    if body.get("source") not in (None, ""):
        special.Source().read(body["source"], blank, "/source", problems, named)
    patch = read_patch(table, {name: value for name, value in body.items() if name != "source"}, blank, problems)
    if named.get("source") is None:
        named["source"] = derived_source(merge(blank, patch, stamp).lead) or "CUSTOM"
    if patch.custom_source_id is not UNSET:
        named.pop("custom_source_id", None)
    return structs.replace(patch, **named)


def keep_reachable(lead: Lead, named: Mapping[str, Any], problems: Problems) -> None:
    """The last of name, e-mail and phone that says who the lead is cannot be cleared."""
    cleared = [
        name
        for name, attribute in REACHABLE.items()
        if attribute in named and named[attribute] != getattr(lead, attribute) and not _says_who(named[attribute])
    ]
    if cleared and not any(
        _says_who(named.get(attribute, getattr(lead, attribute))) for attribute in REACHABLE.values()
    ):
        problems.refuse(f"/{cleared[0]}", "last_reachable", names=tuple(REACHABLE))


def _says_who(value: Any) -> bool:
    """Whether a name, e-mail or phone holds a letter or a digit: `-` and blanks stand for nobody."""
    return isinstance(value, str) and any(map(str.isalnum, value))


def message_id(body: Mapping[str, Any]) -> str | None:
    message = body.get("lastMessage")
    found = message.get("id") if isinstance(message, dict) else None
    return found if isinstance(found, str) and found else None
