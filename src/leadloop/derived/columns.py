"""The columns of `leads` that are searched, sorted and counted, as a pure function of the lead."""

from functools import lru_cache
from typing import Any

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


def columns(lead: Lead, country: Country = no_country) -> Columns:
    """`country` is the account's. It decides how the phone of a lead without a recorded region is read."""
    campaign, owner = lead.campaign or _NO_CAMPAIGN, lead.owner or _NO_USER
    return Columns(
        lead.created_at_ms,
        lead.updated_at_ms,
        lead.lead_date_ms,
        lead.deleted_at_ms,
        stage_key(lead.stage),
        lead.status,
        source_of(lead),
        type_of(lead),
        owner.id or owner.user_id,
        (lead.unit or _NO_REF).id,
        (lead.department or _NO_DEPARTMENT).id,
        (lead.interest or _NO_INTEREST).id,
        campaign.id,
        campaign.client_id,
        campaign.offer_id,
        *_contact(lead.email, lead.phone, stored_region(lead, country), lead.name),
        lead.sale_value_micros,
        external_key(lead.client_lead_id),
    )


@lru_cache(maxsize=8_192)
def _contact(email: str | None, phone: str | None, region: str, name: str | None) -> tuple[Any, Any, Any]:
    """Cached: parsing a phone number costs more than the rest of a change, and most changes do not touch it."""
    return email_key(email), phone_key(phone, region), name_key(name)


def _row(lead: Lead, country: Country) -> list[Columns]:
    return [columns(lead, country)]


COLUMNS: Projection[Columns] = Projection("columns", {"columns": _row})
