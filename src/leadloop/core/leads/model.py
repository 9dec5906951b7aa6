"""The lead and its parts, as they are stored.

A part or field that is unset is `None` (an empty list or map for collections) and is left out of the JSON. Times are
milliseconds since 1970 in UTC, money and amounts are millionths. Nothing in here is changed in place.
"""

from typing import Any

from msgspec import Struct, field

FORMAT = 1
"""The number of this shape. Raise it with every field that an older version would lose, and add an upcaster."""

DOC_LIMIT_BYTES = 256 * 1024
COLLECTION_LIMIT = 1_000


class Part(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A piece of a lead; equal when all members are equal, empty when none is set."""


class Ref(Part, frozen=True):
    """A named thing of the account (unit, loss reason, ...), as it was called when it was written."""

    id: str | None = None
    name: str | None = None


class Department(Ref, frozen=True):
    unit_id: str | None = None


class Interest(Ref, frozen=True):
    department_id: str | None = None
    unit_id: str | None = None


class User(Part, frozen=True):
    """A salesperson, or a group that leads are given to (`is_real` false)."""

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
"""The id of the one note that stands for the lead as a whole."""


class Answer(Part, frozen=True):
    """What the person answered to one question of a form; `value` is any JSON."""

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
    """Another lead as an activity remembers it."""

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
    """Something done, or to be done, with the lead: a call, a visit, a task."""

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
    """Where the lead came from, as the browser and the ad platforms told. Query parameters are in `Lead.params`."""

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
    """What the lead wants to buy. `value_micros` is the sum of the lines, or as sent where there are none."""

    lines: list[CartLine] = field(default_factory=list)
    value_micros: int | None = None


class AiState(Part, frozen=True):
    """What an AI agent that talks with the lead has got to."""

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


class Contact(Part, frozen=True):
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    url: str | None = None


class Message(Part, frozen=True):
    """One message of the conversation. The lead shows the last; all are kept in a table of their own."""

    id: str
    content: str | None = None
    created_at_ms: int | None = None
    sender: str | None = None
    type: str | None = None
    through: str | None = None
    audio: Audio | None = None
    file: MessageFile | None = None
    contact: Contact | None = None


class Lead(Struct, frozen=True, omit_defaults=True, kw_only=True):
    format: int
    account_id: str
    id: str
    version: int
    """Counts the lead's effective changes from 1; 0 only before it has been created."""
    created_at_ms: int
    updated_at_ms: int

    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    country: str | None = None
    cpf: str | None = None
    cnpj: str | None = None
    company_name: str | None = None
    date_of_birth: str | None = None
    timezone: str | None = None
    timezone_source: str | None = None
    address_text: str | None = None
    address: Address | None = None

    stage: str = "NEW"
    status: str = "new"
    detail: str | None = None
    thermometer: str | None = None
    lead_date_ms: int
    deleted_at_ms: int | None = None
    duplicate: int = 0
    """How many other leads had the same e-mail or phone when this lead's own was last written."""

    source: str | None = None
    custom_source_id: str | None = None
    custom_source_name: str | None = None
    type: str | None = None
    custom_type_id: str | None = None
    custom_type_name: str | None = None
    through: str | None = None
    form_id: str | None = None
    keyword: str | None = None
    params: dict[str, str] = field(default_factory=dict)
    attribution: Attribution | None = None
    nav_started_at_ms: int | None = None
    nav_ended_at_ms: int | None = None
    google_lead_id: str | None = None
    google_campaign_id: int | None = None
    google_adgroup_id: int | None = None
    google_creative_id: int | None = None
    google_form_id: int | None = None
    facebook_lead_id: str | None = None
    facebook_form_id: str | None = None
    facebook_form_name: str | None = None
    facebook_page_id: str | None = None
    facebook_page_name: str | None = None
    facebook_ad_id: str | None = None
    facebook_adgroup_id: str | None = None
    facebook_pixel_data: str | None = None
    whatsapp_click_id: str | None = None

    owner: User | None = None
    unit: Ref | None = None
    department: Department | None = None
    interest: Interest | None = None
    tags: list[Tag] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)
    steps: dict[str, bool] = field(default_factory=dict)
    step_times_ms: dict[str, int] = field(default_factory=dict)
    cart: Cart | None = None
    sale_value_micros: int | None = None
    loss_reason: Ref | None = None
    activity_reason: Ref | None = None

    ai: AiState | None = None
    channel: Channel | None = None
    chat_session_id: str | None = None
    last_message: Message | None = None
    call_id: str | None = None
    call_status: str | None = None
    call_audio_url: str | None = None
    call_duration_s: int | None = None

    custom_fields: dict[str, Any] = field(default_factory=dict)
    consent: dict[str, Any] = field(default_factory=dict)
    flags: dict[str, bool] = field(default_factory=dict)
    approval: Approval | None = None
    campaign: Campaign | None = None
    client_lead_id: str | None = None
    reposted_to: list[Any] = field(default_factory=list)
    latest_submitted_at_ms: int | None = None
    last_activity_at_ms: int | None = None
    delivered_at_ms: int | None = None
    submission_count: int | None = None


def unborn(account_id: str, lead_id: str, at_ms: int) -> Lead:
    """The lead before its first change: version 0, nothing set. Creating one is patching this."""
    return Lead(
        format=FORMAT,
        account_id=account_id,
        id=lead_id,
        version=0,
        created_at_ms=at_ms,
        updated_at_ms=at_ms,
        lead_date_ms=at_ms,
    )
