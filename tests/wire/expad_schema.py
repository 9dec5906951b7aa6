"""The published Expad schemas, as in the contract: each property with its JSON type, and what is shown when unset."""

import json
from typing import Any

from tests.wire.replay import DIRECTORY

TEXT, FLAG, WHOLE, NUMBER = "s", "b", "i", "n"
ZERO: dict[str, Any] = {TEXT: "", FLAG: False, WHOLE: 0, NUMBER: 0}

_USER = """accountId email phoneNumber id userId userName:s globalAutoAttributionDisabled isRealUser:b"""
_LEAD = """
id accountId name email phoneNumber address note cpf cnpj companyName source customLeadSourceId type customLeadTypeId
status thermometer through helenaLastSessionId callId callStatus callAudioUrl googleLeadId facebookLeadId
facebookFormId facebookFormName facebookPageId facebookPageName facebookAdId facebookAdgroupId facebookAdsPixelData
formId keyword referrer startUrl userAgent utmCampaign utmContent utmMedium utmSource utmTerm:s
createdDate leadDate deletedAt duplicate callDuration googleCampaignId googleAdgroupId googleCreativeId googleFormId
navStartedAt navEndedAt:i
markedForDeletion hasAttributionUser hasLeadCalls hasLeadMessages:b
saleValue:n
activities:LeadActivity[] tags:LeadTag[] fields:Field[]
aiData:LeadAiData campaignIdData:LeadCampaignIdData conversionSteps:BooleanMap conversionStepTimestamps:IntegerMap
leadAttributionUser:LeadAttributionUser unit:Unit department:Department interest:Interest leadCart:LeadCart
leadLossReson:LeadLossReason leadActivityReason:LeadActivityReason lastMessage:LeadMessage
dialog360Info:LeadDialog360Info
"""
_NESTED = {
    "LeadAttributionUser": _USER,
    "LeadActivity": """accountId description id kind leadId name:s completedAt createdAt dueAt:i isComplete:b
        attributionUser:LeadAttributionUser referenceLead:LeadActivityReferenceLead""",
    "LeadActivityReferenceLead": """accountId email leadId name phoneNumber source status type:s
        attributionUser:LeadAttributionUser""",
    "LeadActivityReason": "id name:s",
    "LeadLossReason": "id name:s",
    "LeadAiData": "hasCollectedData isActive:b",
    "LeadCampaignIdData": "ctwaClid:s hasCtwaClid hasFacebookLeadId hasGoogleLeadId:b",
    "LeadDialog360Info": "channelId expadAccountId expadLeadId name phoneNumber:s lastLeadMessageAt unreadCount:i",
    "LeadMessage": """content id leadId messageSender messageType through:s createdAt:i
        audio:LeadAudio contact:LeadMessageContact file:LeadFile""",
    "LeadAudio": "hasTranscription:b transcription url:s",
    "LeadFile": "id mimeType url:s lengthSeconds sizeBytes:i",
    "LeadMessageContact": "company email name phoneNumber url:s",
    "LeadCart": "leadProducts:LeadProduct[] value:n",
    "LeadProduct": "amount value:n product:Product",
    "Product": "id name:s value:n",
    "LeadTag": "accountId color id name:s createdAt:i",
    "Field": "id leadId name value:s",
    "Unit": "accountId id name:s",
    "Department": "accountId id name unitId:s",
    "Interest": "accountId departmentId id name unitId:s",
}


def _members(text: str) -> dict[str, str]:
    kinds: dict[str, str] = {}
    names: list[str] = []
    for word in text.split():
        name, _, kind = word.partition(":")
        names.append(name)
        if kind:
            kinds |= dict.fromkeys(names, kind)
            names = []
    return kinds


LEAD = _members(_LEAD)
SCHEMAS = {name: _members(text) for name, text in _NESTED.items()}

OWNED = (
    "id",
    "accountId",
    "createdDate",
    "deletedAt",
    "duplicate",
    "hasAttributionUser",
    "hasLeadCalls",
    "hasLeadMessages",
)
"""Properties that only the server writes."""


def zero(kind: str) -> Any:
    """How an unset property of a type is shown."""
    if kind.endswith("[]"):
        return []
    if kind.endswith("Map"):
        return {}
    return ZERO.get(kind)


def problems(value: Any, kind: str, at: str = "") -> list[str]:
    """Where `value` is not as the schema says; every member of an object must be there."""
    if kind.endswith("[]"):
        if not isinstance(value, list):
            return [at]
        return [problem for index, item in enumerate(value) for problem in problems(item, kind[:-2], f"{at}/{index}")]
    if kind.endswith("Map"):
        plain = bool if kind == "BooleanMap" else int
        return [] if isinstance(value, dict) and all(type(member) is plain for member in value.values()) else [at]
    if kind in SCHEMAS or kind == "Lead":
        return [] if value is None and at else _member_problems(value, SCHEMAS.get(kind, LEAD), at)
    types = {TEXT: (str,), FLAG: (bool,), WHOLE: (int,), NUMBER: (int, float)}[kind]
    return [] if type(value) in types else [at]


def _member_problems(value: Any, members: dict[str, str], at: str) -> list[str]:
    if not isinstance(value, dict):
        return [at]
    names = [f"{at}/{name}" for name in sorted(value.keys() ^ members.keys())]
    shared = [name for name in members if name in value]
    return names + [problem for name in shared for problem in problems(value[name], members[name], f"{at}/{name}")]


def example() -> dict[str, Any]:
    """The request example of the published page, as the transcript of it sends it."""
    transcript = json.loads((DIRECTORY / "expad" / "update-lead-published-example.json").read_text())
    body: dict[str, Any] = next(
        step["request"]["body"] for step in transcript["steps"] if step["request"]["method"] == "PATCH"
    )
    return body
