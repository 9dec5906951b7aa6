"""A lead as the breakdown and the funnel read it: some columns, and the requested members of the document."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, TypeAlias, cast

import msgspec
from msgspec import Struct, field, structs

from leadloop.core.leads.parts import Attribution, Campaign, Cart, Department, Interest, Ref, Tag, User
from leadloop.insights.stages import Move, without_repeats

LeadRow: TypeAlias = Iterable[Any]
"""Id, lead date and creation in ms, key of the stage, status, source and type (as words), a JSON object with the
requested members (it may have others), and the moves as JSON if they were requested."""


class CompletedActivity(Struct):
    """The time at which an activity was completed."""

    completed_at_ms: int | None = None


class LeadView(Struct, kw_only=True):
    """Has the names of `Lead`, so that functions can read both. Members that were not requested are missing."""

    id: str = ""
    lead_date_ms: int = 0
    created_at_ms: int = 0
    stage_key: str = ""
    """The key that all spellings of the stage share."""
    status: str = ""
    source: str = ""
    type: str = ""
    moves: list[Move] = field(default_factory=list)

    stage: str = ""
    owner: User | None = None
    unit: Ref | None = None
    department: Department | None = None
    interest: Interest | None = None
    tags: list[Tag] = field(default_factory=list)
    cart: Cart | None = None
    sale_value_micros: int | None = None
    currency: str | None = None
    loss_reason: Ref | None = None
    campaign: Campaign | None = None
    params: dict[str, str] = field(default_factory=dict)
    activities: list[CompletedActivity] = field(default_factory=list)
    custom_source_id: str | None = None
    custom_source_name: str | None = None
    custom_type_id: str | None = None
    custom_type_name: str | None = None
    google_lead_id: str | None = None
    google_campaign_id: int | None = None
    google_adgroup_id: int | None = None
    google_creative_id: int | None = None
    google_form_id: int | None = None
    facebook_lead_id: str | None = None
    facebook_form_id: str | None = None
    facebook_page_id: str | None = None
    facebook_ad_id: str | None = None
    facebook_adgroup_id: str | None = None
    attribution: Attribution | None = None
    whatsapp_click_id: str | None = None
    form_id: str | None = None
    call_id: str | None = None


COLUMNS = ("id", "lead_date_ms", "created_at_ms", "stage", "status", "source", "type")
MEMBERS = tuple(
    name for name in LeadView.__struct_fields__ if name == "stage" or name not in (*COLUMNS, "stage_key", "moves")
)
"""The members that can be requested. If `stage` is not, it has the stage's key."""

_MOVES: Callable[[str], list[Move]] = msgspec.json.Decoder(list[Move]).decode


@lru_cache(maxsize=1_024)
def reader(members: frozenset[str]) -> Callable[[LeadRow], LeadView]:
    """Returns a function that reads a row into a lead view with these members."""
    selected = {*COLUMNS, "stage_key", "moves", *members}
    fields: list[Any] = [
        (member.name, member.type, field(default_factory=member.default_factory))
        if member.default is msgspec.NODEFAULT
        else (member.name, member.type, member.default)
        for member in structs.fields(LeadView)
        if member.name in selected
    ]
    decode = msgspec.json.Decoder(msgspec.defstruct("LeadView", fields)).decode

    def read(row: LeadRow) -> LeadView:
        lead_id, lead_date_ms, created_at_ms, stage, status, source, lead_type, doc, moves = row
        lead = cast(LeadView, decode(doc))
        lead.id, lead.lead_date_ms, lead.created_at_ms = lead_id, lead_date_ms, created_at_ms
        lead.stage_key, lead.status, lead.source, lead.type = stage, status, source, lead_type
        lead.stage = lead.stage or stage
        if moves:
            lead.moves = without_repeats(_MOVES(moves))
        return lead

    return read
