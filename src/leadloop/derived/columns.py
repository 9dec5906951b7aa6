"""The columns of `leads` that are searched, sorted and counted, as a pure function of the lead."""

from collections.abc import Callable
from typing import Any, NamedTuple

from msgspec import Struct

from leadloop.core.leads.matching import Country, no_country, stored_region
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import email_key, external_key, name_key
from leadloop.core.leads.parts import Campaign, Department, Interest, Ref, User
from leadloop.core.leads.phones import phone_key
from leadloop.core.leads.source import source_of, type_of
from leadloop.core.leads.status import stage_key
from leadloop.derived.projection import Projection


class Columns(Struct, frozen=True):
    """The derived columns of `leads`, in the order of the table. Key, version and document come besides."""

    created_at_ms: int
    updated_at_ms: int
    lead_date_ms: int
    deleted_at_ms: int | None
    stage: str
    """The key of the stage: spellings of one stage share it."""
    status: str
    source: str
    type: str
    owner_id: str | None
    unit_id: str | None
    department_id: str | None
    interest_id: str | None
    campaign_id: str | None
    client_id: str | None
    offer_id: str | None
    email_key: str | None
    phone_key: str | None
    name_key: str | None
    sale_value_micros: int | None
    external_key: str | None


_NO_CAMPAIGN, _NO_USER, _NO_REF, _NO_DEPARTMENT, _NO_INTEREST = Campaign(), User(), Ref(), Department(), Interest()

_ReadColumn = Callable[[Lead, Country], Any]

_READ: dict[str, _ReadColumn] = {
    "created_at_ms": lambda lead, _: lead.created_at_ms,
    "updated_at_ms": lambda lead, _: lead.updated_at_ms,
    "lead_date_ms": lambda lead, _: lead.lead_date_ms,
    "deleted_at_ms": lambda lead, _: lead.deleted_at_ms,
    "stage": lambda lead, _: stage_key(lead.stage),
    "status": lambda lead, _: lead.status,
    "source": lambda lead, _: source_of(lead),
    "type": lambda lead, _: type_of(lead),
    "owner_id": lambda lead, _: (lead.owner or _NO_USER).id or (lead.owner or _NO_USER).user_id,
    "unit_id": lambda lead, _: (lead.unit or _NO_REF).id,
    "department_id": lambda lead, _: (lead.department or _NO_DEPARTMENT).id,
    "interest_id": lambda lead, _: (lead.interest or _NO_INTEREST).id,
    "campaign_id": lambda lead, _: (lead.campaign or _NO_CAMPAIGN).id,
    "client_id": lambda lead, _: (lead.campaign or _NO_CAMPAIGN).client_id,
    "offer_id": lambda lead, _: (lead.campaign or _NO_CAMPAIGN).offer_id,
    "email_key": lambda lead, _: email_key(lead.email),
    "phone_key": lambda lead, country: phone_key(lead.phone, stored_region(lead, country)),
    "name_key": lambda lead, _: name_key(lead.name),
    "sale_value_micros": lambda lead, _: lead.sale_value_micros,
    "external_key": lambda lead, _: external_key(lead.client_lead_id),
}
"""`country` is the account's: it decides how the phone of a lead without a recorded region is read."""
_READERS = tuple(_READ[name] for name in Columns.__struct_fields__)


def columns(lead: Lead, country: Country = no_country) -> Columns:
    return Columns(*[read(lead, country) for read in _READERS])


class ColumnValue(NamedTuple):
    name: str
    value: Any


def _row(name: str) -> Callable[[Lead, Country], list[ColumnValue]]:
    read = _READ[name]
    return lambda lead, country: [ColumnValue(name, read(lead, country))]


COLUMNS: Projection[ColumnValue] = Projection("columns", {name: _row(name) for name in _READ})
"""Each column is a part. The time of the update is not among the fields of a change, so no change touches its part."""
