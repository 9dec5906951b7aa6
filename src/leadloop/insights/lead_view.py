"""A lead as the free Insights read it: some columns, and of the document only what was asked for."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, TypeAlias, cast

import msgspec
from msgspec import Struct, field, structs

from leadloop.core.leads.parts import Attribution, Campaign, Cart, Department, Interest, Ref, Tag, User
from leadloop.insights.stages import Move, different

Row: TypeAlias = Iterable[Any]
"""Id, lead date and creation in ms, the stage's key, status, source, type (those two as words), a JSON object with the
members that were asked for (others may stand in it), and the moves as JSON where they were."""


class Done(Struct):
    """Of an activity, when it was done."""

    completed_at_ms: int | None = None


class LeadView(Struct, kw_only=True):
    """Named like `Lead`, so that what reads one reads the other. Members that were not asked for are not there."""

    id: str = ""
    lead_date_ms: int = 0
    created_at_ms: int = 0
    stage_key: str = ""
    """What two spellings of the stage have in common."""
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
    loss_reason: Ref | None = None
    campaign: Campaign | None = None
    params: dict[str, str] = field(default_factory=dict)
    activities: list[Done] = field(default_factory=list)
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
"""What can be asked for. Without it `stage` is its key."""

_MOVES: Callable[[str], list[Move]] = msgspec.json.Decoder(list[Move]).decode


@lru_cache(maxsize=1_024)
def reader(members: frozenset[str]) -> Callable[[Row], LeadView]:
    """What makes a subject of a row, with these members."""
    wanted = {*COLUMNS, "stage_key", "moves", *members}
    fields: list[Any] = [
        (one.name, one.type, field(default_factory=one.default_factory))
        if one.default is msgspec.NODEFAULT
        else (one.name, one.type, one.default)
        for one in structs.fields(LeadView)
        if one.name in wanted
    ]
    decode = msgspec.json.Decoder(msgspec.defstruct("LeadView", fields)).decode

    def read(row: Row) -> LeadView:
        lead_id, lead_date_ms, created_at_ms, stage, status, source, kind, doc, moves = row
        found = cast(LeadView, decode(doc))
        found.id, found.lead_date_ms, found.created_at_ms = lead_id, lead_date_ms, created_at_ms
        found.stage_key, found.status, found.source, found.type = stage, status, source, kind
        found.stage = found.stage or stage
        if moves:
            found.moves = different(_MOVES(moves))
        return found

    return read
