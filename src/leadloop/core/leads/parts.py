"""The parts of a lead, as they are stored. An unset member is `None` and is left out of the JSON."""

from typing import Any

from msgspec import Struct, field


class Part(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A piece of a lead; equal when all members are equal, empty when none is set."""


class Ref(Part, frozen=True):
    """A reference to an entry of the account (unit, loss reason, ...), with its name at the time of writing."""

    id: str | None = None
    name: str | None = None


class Department(Ref, frozen=True):
    unit_id: str | None = None


class Interest(Ref, frozen=True):
    department_id: str | None = None
    unit_id: str | None = None


class User(Part, frozen=True):
    """A salesperson, or a group to which leads are assigned (`is_real` false).

    `account_id` is set only for the user of another lead; any other user belongs to the lead's own account.
    """

    account_id: str | None = None
    id: str | None = None
    user_id: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    is_real: bool | None = None
    auto_attribution_disabled: bool | None = None


class Address(Part, frozen=True):
    street: str | None = None
    unit: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None


class Note(Part, frozen=True):
    id: str
    text: str | None = None
    created_at_ms: int | None = None
    created_by: str | None = None


PINNED_NOTE = "note"
"""The id of the note that describes the lead as a whole."""


class FormAnswer(Part, frozen=True):
    """The person's answer to one question of a form; `value` is any JSON."""

    key: str
    label: str | None = None
    value: Any = None


class Tag(Part, frozen=True):
    id: str | None = None
    name: str | None = None
    color: str | None = None
    created_at_ms: int | None = None

    @property
    def key(self) -> str:
        return self.id or self.name or ""


class LeadSnapshot(Part, frozen=True):
    """A copy of some fields of another lead, in an activity."""

    account_id: str | None = None
    lead_id: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    source: str | None = None
    status: str | None = None
    type: str | None = None
    owner: User | None = None


class Activity(Part, frozen=True):
    """A past or planned call, visit or task."""

    id: str
    kind: str | None = None
    name: str | None = None
    description: str | None = None
    owner: User | None = None
    created_at_ms: int | None = None
    due_at_ms: int | None = None
    completed_at_ms: int | None = None
    is_complete: bool | None = None
    reference: LeadSnapshot | None = None


class Attribution(Part, frozen=True):
    """The lead's origin as reported by the browser and the ad platforms. Query parameters are in `Lead.params`."""

    capture_url: str | None = None
    referrer: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    gclid: str | None = None
    gbraid: str | None = None
    wbraid: str | None = None
    fbclid: str | None = None
    fbc: str | None = None
    fbp: str | None = None
    ttclid: str | None = None
    ttp: str | None = None
    msclkid: str | None = None
    tblci: str | None = None
    ad_platform: str | None = None
    capture_platform: str | None = None


class Approval(Part, frozen=True):
    status: str | None = None
    campaign_id: str | None = None
    decided_by: str | None = None
    decided_at_ms: int | None = None
    reason: str | None = None


class Campaign(Part, frozen=True):
    id: str | None = None
    name: str | None = None
    client_id: str | None = None
    client_name: str | None = None
    client_abbrev: str | None = None
    offer_id: str | None = None
    offer_name: str | None = None
    offer_abbrev: str | None = None


class Product(Ref, frozen=True):
    value_micros: int | None = None


class CartLine(Part, frozen=True):
    product: Product | None = None
    amount_micros: int | None = None
    value_micros: int | None = None


class Cart(Part, frozen=True):
    """What the lead wants to buy. `value_micros` is the sum of the lines, or the sent value if there are no lines."""

    lines: list[CartLine] = field(default_factory=list)
    value_micros: int | None = None


class AiState(Part, frozen=True):
    """The progress of an AI agent that talks with the lead."""

    has_collected_data: bool | None = None
    is_active: bool | None = None


class Channel(Part, frozen=True):
    """The messaging channel in which the conversation with the lead runs."""

    channel_id: str | None = None
    account_id: str | None = None
    lead_id: str | None = None
    name: str | None = None
    phone: str | None = None
    last_message_at_ms: int | None = None
    unread_count: int | None = None


class Audio(Part, frozen=True):
    url: str | None = None
    has_transcription: bool | None = None
    transcription: str | None = None


class MessageFile(Part, frozen=True):
    id: str | None = None
    url: str | None = None
    mime_type: str | None = None
    size_bytes: int | None = None
    length_s: int | None = None


class MessageContact(Part, frozen=True):
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    url: str | None = None


class Message(Part, frozen=True):
    """One message of the conversation. The lead shows the last one; all are stored in a table of their own."""

    id: str
    content: str | None = None
    created_at_ms: int | None = None
    sender: str | None = None
    type: str | None = None
    through: str | None = None
    audio: Audio | None = None
    file: MessageFile | None = None
    contact: MessageContact | None = None
