"""The lead as it is stored.

An unset part or field is `None` (an empty list or map for collections) and is left out of the JSON. Times are
milliseconds since 1970 in UTC; money and amounts are in millionths. Leads are never changed in place.

No text field has a default: msgspec leaves out a text only if it is the same object as the default, so equal leads
could have different JSON.
"""

from typing import Any

from msgspec import Struct, field

from leadloop.core.leads.parts import (
    Activity,
    Address,
    AiState,
    Approval,
    Attribution,
    Campaign,
    Cart,
    Channel,
    Department,
    FormAnswer,
    Interest,
    Message,
    Note,
    Ref,
    Tag,
    User,
)
from leadloop.core.leads.status import FIRST_STAGE, FIRST_STATUS

FORMAT = 3
"""The version of the stored format. Raise it with every field that an older version would lose: see CONTRIBUTING."""

DOC_LIMIT_BYTES = 256 * 1024
COLLECTION_LIMIT = 1_000


class Lead(Struct, frozen=True, omit_defaults=True, kw_only=True):
    format: int
    account_id: str
    id: str
    version: int
    """Counts the lead's effective changes from 1; 0 only before its creation."""
    created_at_ms: int
    updated_at_ms: int

    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    phone_region: str | None = None
    """The region in which a phone without country code is read (see `matching`). Unset in format 1."""
    country: str | None = None
    cpf: str | None = None
    cnpj: str | None = None
    company_name: str | None = None
    date_of_birth: str | None = None
    timezone: str | None = None
    timezone_source: str | None = None
    address_text: str | None = None
    address: Address | None = None

    stage: str
    status: str
    detail: str | None = None
    thermometer: str | None = None
    lead_date_ms: int
    deleted_at_ms: int | None = None
    duplicate: int = 0
    """How many other leads had the same e-mail or phone when one of the two was last written."""

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
    answers: list[FormAnswer] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)
    steps: dict[str, bool] = field(default_factory=dict)
    step_times_ms: dict[str, int] = field(default_factory=dict)
    cart: Cart | None = None
    sale_value_micros: int | None = None
    currency: str | None = None
    """ISO 4217; unset for the account's. Of all the lead's values. Unset before format 3."""
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


def blank_lead(account_id: str, lead_id: str, at_ms: int) -> Lead:
    """The lead before its first change: version 0, nothing set. Creating a lead means patching this one."""
    return Lead(
        format=FORMAT,
        account_id=account_id,
        id=lead_id,
        version=0,
        created_at_ms=at_ms,
        updated_at_ms=at_ms,
        lead_date_ms=at_ms,
        stage=FIRST_STAGE,
        status=FIRST_STATUS,
    )
