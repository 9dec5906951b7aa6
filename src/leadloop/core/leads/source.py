"""The source and the type of a lead, one word each (contract: expad.md section 4)."""

from leadloop.core.ids import stable_id
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import matching_name

SOURCES = frozenset(
    [
        "CUSTOM",
        "GOOGLE",
        "FACEBOOK",
        "INSTAGRAM",
        "WHATSAPP",
        "WEBSITE",
        "PHONE",
        "EMAIL",
        "ORGANIC",
        "REFERRAL",
        "DIRECT",
        "API",
        "IMPORT",
        "MANUAL",
    ]
)
TYPES = frozenset(["UNSPECIFIED", "CUSTOM", "FORM", "CALL", "MESSAGE", "CHAT", "LEAD_AD", "MANUAL", "IMPORT"])
TYPE_PREFIX = "LEAD_TYPE_"
NO_TYPE = "LEAD_TYPE_UNSPECIFIED"


def source_of(lead: Lead) -> str:
    """The written source, else the source that the lead's ids indicate, else API."""
    return lead.source or derived_source(lead) or "API"


def derived_source(lead: Lead) -> str | None:
    """The source that ad and click ids indicate; `None` if there are none."""
    clicks = lead.attribution
    google = (
        lead.google_lead_id,
        lead.google_campaign_id,
        lead.google_adgroup_id,
        lead.google_creative_id,
        lead.google_form_id,
    )
    facebook = (
        lead.facebook_lead_id,
        lead.facebook_form_id,
        lead.facebook_page_id,
        lead.facebook_ad_id,
        lead.facebook_adgroup_id,
    )
    if any(google) or (clicks and (clicks.gclid or clicks.gbraid or clicks.wbraid)):
        return "GOOGLE"
    if any(facebook) or (clicks and (clicks.fbclid or clicks.fbc or clicks.fbp)):
        return "FACEBOOK"
    if lead.whatsapp_click_id:
        return "WHATSAPP"
    if lead.form_id or (clicks and clicks.capture_url):
        return "WEBSITE"
    return "PHONE" if lead.call_id else None


def type_of(lead: Lead) -> str:
    """The type without prefix (`FORM`), whichever of the two spellings was written."""
    return (lead.type or NO_TYPE).removeprefix(TYPE_PREFIX)


def own_id(account_id: str, own: str, name: str) -> str:
    """The id derived from the name of an account's own `source` or `type`, for use where none was assigned."""
    return stable_id(account_id, own, matching_name(name))
