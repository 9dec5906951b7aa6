"""The patch and its merge table: the only place that defines how each field of a lead changes.

A field of `LeadPatch` is `UNSET` (leave it), `None` (clear it) or a value (set it); its annotation is its merge rule.
`merge.py` implements the rules; this module has no behaviour.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Annotated, Any, TypeVar, get_args, get_type_hints

from msgspec import UNSET, Struct, UnsetType

from leadloop.core.leads.parts import Cart, Department, Interest, Ref, User

T = TypeVar("T")

Members = Mapping[str, Any]
"""Members of a part by attribute name; `None` clears one."""
FieldValues = dict[str, Any]
"""Attribute of the lead, or of one of its parts → submitted value."""


class Rule(Enum):
    REPLACE = "replace"
    MEMBERS = "merge by member"
    KEYS = "merge by key"
    ITEMS = "upsert by id or key, else append"
    TAGS = "replace the set"
    COMMAND = "acts on other fields"


Replace = Annotated[T | UnsetType | None, Rule.REPLACE]
ByMember = Annotated[Members | UnsetType | None, Rule.MEMBERS]
ByKey = Annotated[Mapping[str, T | None] | UnsetType | None, Rule.KEYS]
Items = Annotated[Sequence[Members] | UnsetType | None, Rule.ITEMS]
Tags = Annotated[Sequence[Members] | UnsetType | None, Rule.TAGS]
Command = Annotated[T | UnsetType, Rule.COMMAND]


class LeadPatch(Struct, frozen=True, kw_only=True):
    name: Replace[str] = UNSET
    first_name: Replace[str] = UNSET
    last_name: Replace[str] = UNSET
    email: Replace[str] = UNSET
    phone: Replace[str] = UNSET
    country: Replace[str] = UNSET
    cpf: Replace[str] = UNSET
    cnpj: Replace[str] = UNSET
    company_name: Replace[str] = UNSET
    date_of_birth: Replace[str] = UNSET
    timezone: Replace[str] = UNSET
    timezone_source: Replace[str] = UNSET
    address_text: Replace[str] = UNSET
    address: ByMember = UNSET

    stage: Replace[str] = UNSET
    status: Replace[str] = UNSET
    detail: Replace[str] = UNSET
    thermometer: Replace[str] = UNSET
    lead_date_ms: Replace[int] = UNSET
    deleted: Command[bool] = UNSET
    duplicate: Replace[int] = UNSET

    source: Replace[str] = UNSET
    custom_source_id: Replace[str] = UNSET
    custom_source_name: Replace[str] = UNSET
    type: Replace[str] = UNSET
    custom_type_id: Replace[str] = UNSET
    custom_type_name: Replace[str] = UNSET
    through: Replace[str] = UNSET
    form_id: Replace[str] = UNSET
    keyword: Replace[str] = UNSET
    params: ByKey[str] = UNSET
    attribution: ByMember = UNSET
    nav_started_at_ms: Replace[int] = UNSET
    nav_ended_at_ms: Replace[int] = UNSET
    google_lead_id: Replace[str] = UNSET
    google_campaign_id: Replace[int] = UNSET
    google_adgroup_id: Replace[int] = UNSET
    google_creative_id: Replace[int] = UNSET
    google_form_id: Replace[int] = UNSET
    facebook_lead_id: Replace[str] = UNSET
    facebook_form_id: Replace[str] = UNSET
    facebook_form_name: Replace[str] = UNSET
    facebook_page_id: Replace[str] = UNSET
    facebook_page_name: Replace[str] = UNSET
    facebook_ad_id: Replace[str] = UNSET
    facebook_adgroup_id: Replace[str] = UNSET
    facebook_pixel_data: Replace[str] = UNSET
    whatsapp_click_id: Replace[str] = UNSET

    owner: Replace[User] = UNSET
    unit: Replace[Ref] = UNSET
    department: Replace[Department] = UNSET
    interest: Replace[Interest] = UNSET
    tags: Tags = UNSET
    notes: Items = UNSET
    pinned_note: Command[str | None] = UNSET
    answers: Items = UNSET
    removed_answers: Command[Sequence[str]] = UNSET
    activities: Items = UNSET
    steps: ByKey[bool] = UNSET
    step_times_ms: ByKey[int] = UNSET
    cart: Replace[Cart] = UNSET
    sale_value_micros: Replace[int] = UNSET
    currency: Replace[str] = UNSET
    loss_reason: Replace[Ref] = UNSET
    activity_reason: Replace[Ref] = UNSET

    ai: ByMember = UNSET
    channel: ByMember = UNSET
    chat_session_id: Replace[str] = UNSET
    message: Command[Members | None] = UNSET
    call_id: Replace[str] = UNSET
    call_status: Replace[str] = UNSET
    call_audio_url: Replace[str] = UNSET
    call_duration_s: Replace[int] = UNSET

    custom_fields: ByKey[Any] = UNSET
    consent: ByKey[Any] = UNSET
    flags: ByKey[bool] = UNSET
    approval: ByMember = UNSET
    campaign: ByMember = UNSET
    client_lead_id: Replace[str] = UNSET
    reposted_to: Replace[Sequence[Any]] = UNSET
    latest_submitted_at_ms: Replace[int] = UNSET
    last_activity_at_ms: Replace[int] = UNSET
    delivered_at_ms: Replace[int] = UNSET
    submission_count: Replace[int] = UNSET


def _rules() -> dict[str, Rule]:
    hints = get_type_hints(LeadPatch, include_extras=True)
    return {name: get_args(hint)[-1] for name, hint in hints.items()}


MERGE_TABLE: dict[str, Rule] = _rules()
"""Field of the patch → merge rule. Drives the merge, its documentation and its tests."""

EMPTY = LeadPatch()

__all__ = ["EMPTY", "MERGE_TABLE", "LeadPatch", "Members", "Rule"]
