"""The fields of a lead as its page shows them: in groups, with labels, those without a value apart. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import Any
from zlib import crc32

from msgspec import Struct, structs

from leadloop.core.changes import pointer
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Address, FormAnswer
from leadloop.web.navigation import N_
from leadloop.web.outside_links import outside_link
from leadloop.web.words import Words, label_of, show_value

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
            *("through", "campaign", "keyword", "params", "attribution", "form_id", "google_lead_id"),
            *("google_campaign_id", "google_adgroup_id", "google_creative_id", "google_form_id", "facebook_lead_id"),
            *("facebook_form_name", "facebook_form_id", "facebook_page_name", "facebook_page_id", "facebook_ad_id"),
            *("facebook_adgroup_id", "facebook_pixel_data", "whatsapp_click_id", "nav_started_at_ms"),
            "nav_ended_at_ms",
        ),
    ),
    "consent": (N_("Consent"), ("consent", "flags", "approval")),
    "further": (
        N_("Further"),
        (
            *("lead_date_ms", "created_at_ms", "updated_at_ms", "last_activity_at_ms", "latest_submitted_at_ms"),
            *("delivered_at_ms", "submission_count", "duplicate", "notes", "last_message", "channel"),
            *("chat_session_id", "ai", "call_status", "call_duration_s", "call_audio_url", "call_id"),
            *("timezone_source", "phone_region", "reposted_to", "client_lead_id", "id", "account_id", "version"),
            "format",
        ),
    ),
}
"""Name → title, and the members of the lead in order."""
ELSEWHERE = ("stage", "owner", "deleted_at_ms", "activities")
"""Members that other parts of the page show."""
FOLDED = frozenset({"further"})
"""Groups that are closed at first."""
LONG, SHORT = 320, 160
"""A text of more characters than the first is folded, and so many of it are shown."""

_WHOLE = frozenset(
    f"/{name}"
    for name in (
        *("unit", "department", "interest", "cart", "tags", "notes", "last_message", "reposted_to"),
        *("loss_reason", "activity_reason"),
    )
)
"""Shown as one value, although they have members."""
_TECHNICAL = re.compile(
    r"_id$|/(?:first_|last_)?name$|/attribution/(?!capture_url|referrer)|/nav_|/step_times_ms|/facebook_pixel_data|clid$|^/flags/(?!isTest|isDnc)"
)
_TEXT, _PLAIN = re.compile(r"\S"), re.compile(r"[a-z0-9_-]+", re.IGNORECASE | re.ASCII)


class FieldRow(Struct, frozen=True):
    pointer: str
    label: str
    text: str
    """Empty if the field has no value."""
    link: str = ""
    """The address that the value is; empty if it is none."""

    @property
    def id(self) -> str:
        """Of the element that shows the value."""
        name = self.pointer.replace("/", "-")
        return f"v{name}" if _PLAIN.fullmatch(name) else f"v-{crc32(name.encode()):08x}-{len(name)}"

    @property
    def is_long(self) -> bool:
        return len(self.text) > LONG

    @property
    def beginning(self) -> str:
        return self.text[:SHORT].rstrip()


class FieldGroup(Struct, frozen=True):
    name: str
    title: str
    """A text of the catalogue."""
    rows: Sequence[FieldRow]
    technical: Sequence[FieldRow]
    """Identifiers and what browsers report: folded."""
    empty: Sequence[str]
    """Labels of the fields without a value."""
    is_folded: bool


def groups_of(lead: Lead, words: Words) -> list[FieldGroup]:
    return [_group(name, title, members, lead, words) for name, (title, members) in GROUPS.items()]


def _group(name: str, title: str, members: Sequence[str], lead: Lead, words: Words) -> FieldGroup:
    fields = [row for member in members for row in _rows(lead, member, words)]
    filled = [row for row in fields if row.text]
    folds = name not in FOLDED
    return FieldGroup(
        name=name,
        title=title,
        rows=[row for row in filled if not (folds and _TECHNICAL.search(row.pointer))],
        technical=[row for row in filled if folds and _TECHNICAL.search(row.pointer)],
        empty=[row.label for row in fields if not row.text],
        is_folded=name in FOLDED,
    )


def _rows(lead: Lead, member: str, words: Words) -> Iterator[FieldRow]:
    """One row; or one for each value in a part or a map, and for each answer."""
    field, value = pointer(member), getattr(lead, member)
    if value is None or value in ([], {}):
        yield FieldRow(field, label_of(field, words.language), "")
    elif field == "/answers":
        yield from (_answer(answer, number, words) for number, answer in enumerate(value))
    elif field == "/steps":
        yield from (_step(lead, step, words) for step in value)
    elif field == "/step_times_ms":
        yield from (
            _row(field + pointer(step), at_ms, words) for step, at_ms in value.items() if step not in lead.steps
        )
    elif field == "/address":
        yield FieldRow(field, label_of(field, words.language), _address(value, words))
    elif field in _WHOLE or not isinstance(value, (dict, Struct)):
        yield _row(field, value, words)
    else:
        members = value if isinstance(value, dict) else structs.asdict(value)
        for name, item in members.items():
            if item is not None:
                yield _row(field + pointer(name), item, words)


def _row(field: str, value: Any, words: Words) -> FieldRow:
    text = show_value(field, value, words)
    link = outside_link(value)
    label = label_of(field, words.language)
    return FieldRow(field, label, text if _TEXT.search(text) else "", "" if link is None else link.url)


def _step(lead: Lead, step: str, words: Words) -> FieldRow:
    """With the time of the step, if it is known."""
    is_done, at_ms = lead.steps[step], lead.step_times_ms.get(step)
    field = pointer("steps", step)
    shown = ("/step_times_ms", at_ms) if is_done and at_ms is not None else (field, is_done)
    return FieldRow(field, label_of(field, words.language), show_value(*shown, words))


def _address(address: Address, words: Words) -> str:
    country = show_value("/address/country", address.country, words)
    parts = ((address.street, address.unit), (address.city, address.state), (address.zip,), (country,))
    return " · ".join(", ".join(filter(None, part)) for part in parts if any(part))


def _answer(answer: FormAnswer, number: int, words: Words) -> FieldRow:
    field = "/answers" + pointer(str(number))
    text = show_value(field, answer, words)
    return FieldRow(field, answer.label or label_of("/custom_fields" + pointer(answer.key), words.language), text)
