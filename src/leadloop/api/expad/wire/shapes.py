"""The nested objects of the Expad lead (expad.md section 3). An unset scalar is shown as its zero value."""

from typing import Any

from leadloop.api.body import json_text
from leadloop.api.outside_ids import CLEARABLE_ID
from leadloop.api.scalars import LONG_TEXT_LIMIT_BYTES, Codec, Epoch, Flag, Millionths, Text, WholeNumber
from leadloop.api.shapes import ListOf, Shape
from leadloop.core.currencies import currency_code
from leadloop.core.leads.parts import (
    Activity,
    AiState,
    Audio,
    CartLine,
    Channel,
    Department,
    Interest,
    LeadSnapshot,
    Message,
    MessageContact,
    MessageFile,
    Product,
    Ref,
    Tag,
    User,
)
from leadloop.core.problems import Problems

TEXT = Text(unset="", blank_clears=True)
LONG_TEXT = Text(unset="", blank_clears=True, limit_bytes=LONG_TEXT_LIMIT_BYTES)
ID = CLEARABLE_ID
FLAG = Flag(unset=False)
WHOLE = WholeNumber(unset=0, from_text=True)
MONEY = Millionths(unset=0)


_ACCOUNT = {"accountId": "account_id"}
LEAD_ID = {"leadId": "id"}
"""The member of parts of a lead that is the id of the lead."""
_NAMED = ("id", "name")

REASON = Shape(Ref, {"id": ("id", ID), "name": ("name", TEXT)}, unset=None, identified_by=_NAMED)
UNIT = Shape(Ref, {"id": ("id", ID), "name": ("name", TEXT)}, owned=_ACCOUNT, unset=None, identified_by=_NAMED)
DEPARTMENT = Shape(
    Department,
    {"id": ("id", ID), "name": ("name", TEXT), "unitId": ("unit_id", ID)},
    owned=_ACCOUNT,
    unset=None,
    identified_by=_NAMED,
)
INTEREST = Shape(
    Interest,
    {
        "departmentId": ("department_id", ID),
        "id": ("id", ID),
        "name": ("name", TEXT),
        "unitId": ("unit_id", ID),
    },
    owned=_ACCOUNT,
    unset=None,
    identified_by=_NAMED,
)
_USER: dict[str, tuple[str, Codec]] = {
    "email": ("email", TEXT),
    "globalAutoAttributionDisabled": ("auto_attribution_disabled", FLAG),
    "id": ("id", ID),
    "isRealUser": ("is_real", FLAG),
    "phoneNumber": ("phone", TEXT),
    "userId": ("user_id", ID),
    "userName": ("name", TEXT),
}
_USER_NAMED = ("id", "userId", "email", "userName")
USER = Shape(User, _USER, owned=_ACCOUNT, unset=None, identified_by=_USER_NAMED)
REFERENCE_USER = Shape(User, {"accountId": ("account_id", ID), **_USER}, unset=None, identified_by=_USER_NAMED)
REFERENCE_LEAD = Shape(
    LeadSnapshot,
    {
        "accountId": ("account_id", ID),
        "attributionUser": ("owner", REFERENCE_USER),
        "email": ("email", TEXT),
        "leadId": ("lead_id", ID),
        "name": ("name", TEXT),
        "phoneNumber": ("phone", TEXT),
        "source": ("source", TEXT),
        "status": ("status", TEXT),
        "type": ("type", TEXT),
    },
    unset=None,
    identified_by=("attributionUser", "email", "leadId", "name", "phoneNumber", "source", "status", "type"),
)
AI = Shape(AiState, {"hasCollectedData": ("has_collected_data", FLAG), "isActive": ("is_active", FLAG)}, unset=None)


class PlainText(Codec):
    """A text, stored unchanged. An object or list is stored as its JSON text."""

    unset = ""

    def read(self, value: Any, at: str, problems: Problems) -> Any:
        return LONG_TEXT.read(json_text(value) if isinstance(value, dict | list) else value, at, problems)


class CurrencyCode(Codec):
    """A currency of ISO 4217 in any case; an empty text clears it."""

    unset = ""

    def read(self, value: Any, at: str, problems: Problems) -> Any:
        if not isinstance(value, str):
            return problems.refuse(at, "text_expected")
        return currency_code(value) or (problems.refuse(at, "currency_expected") if value else None)


class CartShape(Shape):
    """A cart's value is the sum of its lines. A submitted value counts only without lines."""

    def read_members(self, value: Any, at: str, problems: Problems, shown: Any = None) -> Any:
        if isinstance(value, dict) and "value" in value and not CART_LINES.is_zero(value.get("leadProducts")):
            problems.owned(f"{at}/value", is_as_shown=True)
            value = {name: member for name, member in value.items() if name != "value"}
        return super().read_members(value, at, problems, shown)


class ProductShape(Shape):
    """Keeps a product without id and name: the core takes the line's price from it, then drops it."""

    def read(self, value: Any, at: str, problems: Problems) -> Any:
        return self.read_part(value, at, problems)


PRODUCT = ProductShape(
    Product,
    {"id": ("id", ID), "name": ("name", TEXT), "value": ("value_micros", MONEY)},
    unset=None,
    identified_by=_NAMED,
)
CART_LINE = Shape(
    CartLine,
    {"amount": ("amount_micros", MONEY), "product": ("product", PRODUCT), "value": ("value_micros", MONEY)},
)
CART_LINES = ListOf(CART_LINE, unset=[])


def activity(times: Epoch, received: Epoch) -> Shape:
    return Shape(
        Activity,
        {
            "attributionUser": ("owner", USER),
            "completedAt": ("completed_at_ms", times),
            "createdAt": ("created_at_ms", received),
            "description": ("description", LONG_TEXT),
            "dueAt": ("due_at_ms", times),
            "id": ("id", ID),
            "isComplete": ("is_complete", FLAG),
            "kind": ("kind", TEXT),
            "name": ("name", TEXT),
            "referenceLead": ("reference", REFERENCE_LEAD),
        },
        owned={**_ACCOUNT, **LEAD_ID},
    )


def tag(received: Epoch) -> Shape:
    return Shape(
        Tag,
        {
            "color": ("color", TEXT),
            "createdAt": ("created_at_ms", received),
            "id": ("id", ID),
            "name": ("name", TEXT),
        },
        owned=_ACCOUNT,
        identified_by=_NAMED,
    )


def channel(times: Epoch) -> Shape:
    return Shape(
        Channel,
        {
            "channelId": ("channel_id", TEXT),
            "expadAccountId": ("account_id", TEXT),
            "expadLeadId": ("lead_id", TEXT),
            "lastLeadMessageAt": ("last_message_at_ms", times),
            "name": ("name", TEXT),
            "phoneNumber": ("phone", TEXT),
            "unreadCount": ("unread_count", WHOLE),
        },
        unset=None,
    )


AUDIO = Shape(
    Audio,
    {
        "hasTranscription": ("has_transcription", FLAG),
        "transcription": ("transcription", LONG_TEXT),
        "url": ("url", TEXT),
    },
    unset=None,
)
FILE = Shape(
    MessageFile,
    {
        "id": ("id", ID),
        "lengthSeconds": ("length_s", WHOLE),
        "mimeType": ("mime_type", TEXT),
        "sizeBytes": ("size_bytes", WHOLE),
        "url": ("url", TEXT),
    },
    unset=None,
)
CONTACT = Shape(
    MessageContact,
    {
        "company": ("company", TEXT),
        "email": ("email", TEXT),
        "name": ("name", TEXT),
        "phoneNumber": ("phone", TEXT),
        "url": ("url", TEXT),
    },
    unset=None,
)


def message(received: Epoch) -> Shape:
    return Shape(
        Message,
        {
            "audio": ("audio", AUDIO),
            "contact": ("contact", CONTACT),
            "content": ("content", LONG_TEXT),
            "createdAt": ("created_at_ms", received),
            "file": ("file", FILE),
            "id": ("id", ID),
            "messageSender": ("sender", TEXT),
            "messageType": ("type", TEXT),
            "through": ("through", TEXT),
        },
        owned=LEAD_ID,
        unset=None,
    )
