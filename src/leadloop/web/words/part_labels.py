"""What the members of the lead's parts are called: nouns with their articles, as in `labels`."""

from leadloop.core.leads import parts


def N_(text: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return text


def ngettext(singular: str, plural: str) -> tuple[str, str]:
    """Marks a text that has a plural for the catalogue."""
    return singular, plural


_REF = {"id": N_("the ID"), "name": N_("the name")}
_PERSON = {"name": N_("the name"), "email": N_("the e-mail"), "phone": N_("the phone")}

PARTS: dict[type[parts.Part], dict[str, str]] = {
    parts.Ref: _REF,
    parts.Department: _REF | {"unit_id": N_("the unit")},
    parts.Interest: _REF | {"department_id": N_("the department"), "unit_id": N_("the unit")},
    parts.User: _PERSON
    | {
        "account_id": N_("the account"),
        "id": N_("the ID"),
        "user_id": N_("the user's ID"),
        "is_real": N_("the mark “real user”"),
        "auto_attribution_disabled": N_("the pause in the automatic assignment"),
    },
    parts.Address: {
        "street": N_("the street"),
        "unit": N_("the address's second line"),
        "city": N_("the city"),
        "state": N_("the state"),
        "zip": N_("the postal code"),
        "country": N_("the address's country"),
    },
    parts.Note: {
        "id": N_("the ID"),
        "text": N_("the note"),
        "created_at_ms": N_("the time of the note"),
        "created_by": N_("the author"),
    },
    parts.FormAnswer: {"key": N_("the key"), "label": N_("the question"), "value": N_("the answer")},
    parts.Tag: _REF | {"color": N_("the colour"), "created_at_ms": N_("the creation time")},
    parts.LeadSnapshot: _PERSON
    | {
        "account_id": N_("the account"),
        "lead_id": N_("the lead's ID"),
        "source": N_("the source"),
        "status": N_("the status"),
        "type": N_("the type"),
        "owner": N_("the salesperson"),
    },
    parts.Activity: {
        "id": N_("the ID"),
        "kind": N_("the kind"),
        "name": N_("the title"),
        "description": N_("the description"),
        "owner": N_("the salesperson"),
        "created_at_ms": N_("the creation time"),
        "due_at_ms": N_("the due time"),
        "completed_at_ms": N_("the completion time"),
        "is_complete": N_("the completion"),
        "reference": N_("the other lead"),
    },
    parts.Attribution: {
        "capture_url": N_("the page of the form"),
        "referrer": N_("the page before"),
        "ip_address": N_("the IP address"),
        "user_agent": N_("the browser"),
        "gclid": N_("the Google click ID (gclid)"),
        "gbraid": N_("the Google click ID (gbraid)"),
        "wbraid": N_("the Google click ID (wbraid)"),
        "fbclid": N_("the Facebook click ID (fbclid)"),
        "fbc": N_("the Facebook click cookie (fbc)"),
        "fbp": N_("the Facebook browser cookie (fbp)"),
        "ttclid": N_("the TikTok click ID (ttclid)"),
        "ttp": N_("the TikTok browser cookie (ttp)"),
        "msclkid": N_("the Microsoft click ID (msclkid)"),
        "tblci": N_("the Taboola click ID (tblci)"),
        "ad_platform": N_("the ad platform"),
        "capture_platform": N_("the capture platform"),
    },
    parts.Approval: {
        "status": N_("the approval"),
        "campaign_id": N_("the approved campaign"),
        "decided_by": N_("the approver"),
        "decided_at_ms": N_("the time of the approval"),
        "reason": N_("the reason for the approval"),
    },
    parts.Campaign: {
        "id": N_("the campaign's code"),
        "name": N_("the campaign"),
        "client_id": N_("the client's ID"),
        "client_name": N_("the client"),
        "client_abbrev": N_("the client's short name"),
        "offer_id": N_("the offer's ID"),
        "offer_name": N_("the offer"),
        "offer_abbrev": N_("the offer's short name"),
    },
    parts.Product: _REF | {"value_micros": N_("the price")},
    parts.CartLine: {
        "product": N_("the product"),
        "amount_micros": N_("the quantity"),
        "value_micros": N_("the value"),
    },
    parts.Cart: {"lines": N_("the products"), "value_micros": N_("the total")},
    parts.AiState: {
        "has_collected_data": N_("the assistant's data collection"),
        "is_active": N_("the assistant"),
    },
    parts.Channel: {
        "channel_id": N_("the channel's ID"),
        "account_id": N_("the channel's account"),
        "lead_id": N_("the channel's lead"),
        "name": N_("the channel's name"),
        "phone": N_("the channel's phone"),
        "last_message_at_ms": N_("the time of the last message"),
        "unread_count": N_("the number of unread messages"),
    },
    parts.Audio: {
        "url": N_("the audio file"),
        "has_transcription": N_("the mark “transcribed”"),
        "transcription": N_("the transcription"),
    },
    parts.MessageFile: {
        "id": N_("the ID"),
        "url": N_("the file"),
        "mime_type": N_("the file type"),
        "size_bytes": N_("the size"),
        "length_s": N_("the length"),
    },
    parts.MessageContact: _PERSON | {"company": N_("the company"), "url": N_("the web page")},
    parts.Message: {
        "id": N_("the ID"),
        "content": N_("the message"),
        "created_at_ms": N_("the time of the message"),
        "sender": N_("the sender"),
        "type": N_("the kind"),
        "through": N_("the entry channel"),
        "audio": N_("the audio file"),
        "file": N_("the file"),
        "contact": N_("the contact"),
    },
}
"""By part and attribute."""
