"""What the fixed values of fields are called. Any other value is shown as it was written."""

from collections.abc import Mapping
from functools import lru_cache

from leadloop.core.leads.status import stage_key
from leadloop.web import i18n
from leadloop.web.words.part_labels import N_


def pgettext(context: str, text: str) -> str:
    """Marks a text that has this context in the catalogue."""
    return text


STAGE_CONTEXT = "stage"
STAGES: dict[str, str] = {
    "NEW": pgettext("stage", "New"),
    "ACTIVE": pgettext("stage", "Active"),
    "COMPLETE": pgettext("stage", "Won"),
    "LOST": pgettext("stage", "Lost"),
}
"""Translated with `STAGE_CONTEXT`."""
STATUSES: dict[str, str] = {
    "new": N_("New lead"),
    "pending": N_("Pending"),
    "processing": N_("In processing"),
    "qualified": N_("Qualified"),
    "missing_data": N_("Data missing"),
    "queued": N_("In the queue"),
    "pending_action": N_("Waiting for action"),
    "no_answer": N_("No answer"),
    "voicemail": N_("Voicemail"),
    "contacted": N_("Contacted"),
    "scheduled_callback": N_("Callback scheduled"),
    "pending_signature": N_("Waiting for the signature"),
    "document_sent": N_("Document sent"),
    "signed": N_("Signed"),
    "delivered": N_("Delivered to the partner"),
    "failed": N_("Delivery failed"),
    "error": N_("Error"),
    "accepted": N_("Accepted"),
    "rejected": N_("Refused"),
    "disqualified": N_("Disqualified"),
    "no_contact": N_("No contact"),
    "duplicate": N_("Duplicate"),
    "dnc": N_("Do not contact"),
}
SOURCES: dict[str, str] = {
    "CUSTOM": N_("Other source"),
    "GOOGLE": "Google",
    "FACEBOOK": "Facebook",
    "INSTAGRAM": "Instagram",
    "WHATSAPP": "WhatsApp",
    "WEBSITE": N_("Website"),
    "PHONE": N_("Phone call"),
    "EMAIL": N_("E-mail"),
    "ORGANIC": N_("Organic search"),
    "REFERRAL": N_("Referral"),
    "DIRECT": N_("Direct visit"),
    "API": "API",
    "IMPORT": N_("Import"),
    "MANUAL": N_("Entered by hand"),
}
TYPES: dict[str, str] = {
    "UNSPECIFIED": N_("No type"),
    "CUSTOM": N_("Other type"),
    "FORM": N_("Form"),
    "CALL": N_("Phone call"),
    "MESSAGE": N_("Message"),
    "CHAT": N_("Chat"),
    "LEAD_AD": N_("Lead ad"),
    "MANUAL": N_("Entered by hand"),
    "IMPORT": N_("Import"),
}
TEMPERATURES: dict[str, str] = {"COLD": N_("Cold"), "WARM": N_("Warm"), "HOT": N_("Hot")}
MESSAGE_CHANNELS: dict[str, str] = {
    "WHATSAPP": "WhatsApp",
    "SMS": "SMS",
    "EMAIL": N_("e-mail"),
    "FACEBOOK": "Facebook",
    "INSTAGRAM": "Instagram",
    "MESSENGER": "Messenger",
    "TELEGRAM": "Telegram",
    "CHAT": N_("chat"),
}
WAYS: dict[str, str] = {
    **MESSAGE_CHANNELS,
    "SITE": N_("website"),
    "WEBSITE": N_("website"),
    "PHONE": N_("phone"),
    "GOOGLE LEAD FORM": N_("Google lead form"),
}
SENDERS: dict[str, str] = {
    "LEAD": N_("the lead"),
    "USER": N_("the team"),
    "AGENT": N_("the team"),
    "AI": N_("the assistant"),
    "BOT": N_("the assistant"),
    "ASSISTANT": N_("the assistant"),
}
MESSAGE_KINDS: dict[str, str] = {
    "TEXT": N_("text"),
    "AUDIO": N_("audio"),
    "IMAGE": N_("image"),
    "VIDEO": N_("video"),
    "DOCUMENT": N_("document"),
    "FILE": N_("file"),
    "CONTACT": N_("contact"),
}
ACTIVITY_KINDS: dict[str, str] = {
    "TASK": N_("task"),
    "CALL": N_("call"),
    "VISIT": N_("visit"),
    "MEETING": N_("meeting"),
    "EMAIL": N_("e-mail"),
    "MESSAGE": N_("message"),
}
CALL_RESULTS: dict[str, str] = {
    "COMPLETED": N_("Answered"),
    "ANSWERED": N_("Answered"),
    "MISSED": N_("Missed"),
    "NO_ANSWER": N_("No answer"),
    "BUSY": N_("Busy"),
    "FAILED": N_("Failed"),
    "VOICEMAIL": N_("Voicemail"),
}
APPROVALS: dict[str, str] = {"PENDING": N_("Pending"), "APPROVED": N_("Approved"), "REJECTED": N_("Refused")}
ZONE_ORIGINS: dict[str, str] = {
    "IP": N_("from the IP address"),
    "ZIP": N_("from the postal code"),
    "AREA_CODE": N_("from the area code"),
    "USER_INPUT": N_("from the person"),
    "INFERRED": N_("estimated"),
}
PLATFORMS: dict[str, str] = {
    "GOOGLE": "Google",
    "FACEBOOK": "Facebook",
    "INSTAGRAM": "Instagram",
    "TIKTOK": "TikTok",
    "BING": "Bing",
    "TABOOLA": "Taboola",
    "LINKEDIN": "LinkedIn",
    "WEB": N_("website"),
    "PHONE": N_("phone"),
}


def stage_name(stage: str, language: str) -> str:
    """Any spelling of one of the four in the language; an account's own stage as it is written."""
    return _stage_names(language).get(stage_key(stage), stage)


@lru_cache(maxsize=8)
def _stage_names(language: str) -> Mapping[str, str]:
    translate = i18n.translations(language).pgettext
    return {stage: translate(STAGE_CONTEXT, text) for stage, text in STAGES.items()}
