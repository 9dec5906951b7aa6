"""The fields of a lead as its page shows them: in groups, with labels, those without a value apart. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from msgspec import Struct, structs

from leadloop.core.changes import pointer
from leadloop.core.leads.model import Lead
from leadloop.web.navigation import N_

GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "contact": (
        N_("Contact"),
        (
            *("phone", "email", "name", "first_name", "last_name", "company_name", "cpf", "cnpj", "date_of_birth"),
            *("address", "address_text", "country", "timezone"),
        ),
    ),
    "sale": (
        N_("Sale"),
        (
            *("unit", "department", "interest", "thermometer", "cart", "sale_value_micros", "currency", "status"),
            *("detail", "loss_reason", "activity_reason", "tags", "steps", "step_times_ms"),
        ),
    ),
    "answers": (N_("Answers"), ("answers", "custom_fields")),
    "origin": (
        N_("Origin"),
        (
            *("source", "custom_source_name", "custom_source_id", "type", "custom_type_name", "custom_type_id"),
            *("through", "campaign", "keyword", "form_id", "params", "attribution", "google_lead_id"),
            *("google_campaign_id", "google_adgroup_id", "google_creative_id", "google_form_id", "facebook_lead_id"),
            *("facebook_form_id", "facebook_form_name", "facebook_page_id", "facebook_page_name", "facebook_ad_id"),
            *("facebook_adgroup_id", "facebook_pixel_data", "whatsapp_click_id", "nav_started_at_ms"),
            "nav_ended_at_ms",
        ),
    ),
    "consent": (N_("Consent"), ("consent", "approval", "flags")),
    "further": (
        N_("Further"),
        (
            *("lead_date_ms", "created_at_ms", "updated_at_ms", "last_activity_at_ms", "latest_submitted_at_ms"),
            *("delivered_at_ms", "submission_count", "duplicate", "timezone_source", "phone_region", "channel"),
            *("chat_session_id", "last_message", "call_id", "call_status", "call_audio_url", "call_duration_s", "ai"),
            *("client_lead_id", "reposted_to", "id", "account_id", "version", "format"),
        ),
    ),
}
"""Name → title, and the members of the lead in order."""
ELSEWHERE = ("stage", "owner", "deleted_at_ms", "notes", "activities")
"""Members that other parts of the page show."""


class FieldRow(NamedTuple):
    pointer: str
    value: Any
    """As it is stored; `None` where there is none."""

    @property
    def id(self) -> str:
        """For the element that shows the value."""
        return "f" + self.pointer.replace("/", "-")


class FieldGroup(Struct, frozen=True):
    name: str
    title: str
    """A text of the catalogue."""
    rows: Sequence[FieldRow]
    empty: Sequence[FieldRow]


def groups_of(lead: Lead) -> Sequence[FieldGroup]:
    groups = []
    for name, (title, members) in GROUPS.items():
        rows = [row for member in members for row in _rows(pointer(member), getattr(lead, member))]
        groups.append(
            FieldGroup(
                name, title, [row for row in rows if row.value is not None], [r for r in rows if r.value is None]
            )
        )
    return groups


_WHOLE = {"/address", "/unit", "/department", "/interest", "/cart", "/tags"}
"""Shown as one value."""


def _rows(field: str, value: Any) -> Iterator[FieldRow]:
    """One row, or one for each member of a part or a map."""
    if field in _WHOLE or not isinstance(value, (dict, Struct)):
        yield FieldRow(field, None if value in ([], {}) else value)
    elif isinstance(value, dict):
        if not value:
            yield FieldRow(field, None)
        for name, item in value.items():
            yield FieldRow(field + pointer(name), item)
    else:
        for name, item in structs.asdict(value).items():
            if item is not None:
                yield FieldRow(field + pointer(name), item)
