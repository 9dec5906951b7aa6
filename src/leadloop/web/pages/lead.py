"""A lead, to read: who it is and how to reach them, where the sale stands, everything known, and what happened."""

import asyncio
from typing import Any
from zlib import crc32

from msgspec import Struct
from starlette.datastructures import QueryParams
from starlette.responses import Response

from leadloop.api.call import bare_lead_id
from leadloop.api.errors import ApiError
from leadloop.core.errors import LeadNotFound, NoSuchVersion, Problem
from leadloop.core.leads.matching import stored_region
from leadloop.core.leads.model import Lead
from leadloop.core.leads.phone_forms import PhoneForms, phone_forms
from leadloop.core.reading import lists
from leadloop.core.reading.neighbours import Neighbours, neighbours
from leadloop.core.reading.same_person import SamePerson, same_person
from leadloop.core.search.errors import SearchError
from leadloop.core.store import HISTORY_LIMIT
from leadloop.web import labels
from leadloop.web.lead_groups import groups_of
from leadloop.web.lead_past import PastLead, owner_reason, read_past
from leadloop.web.lead_place import LeadPlace, place_of
from leadloop.web.lead_rows import tag_colour
from leadloop.web.lead_stages import steps_of
from leadloop.web.lead_tasks import tasks_of
from leadloop.web.queries import ListState, lead_query
from leadloop.web.raw_lead import raw_leads
from leadloop.web.render import page
from leadloop.web.timeline import load_timeline
from leadloop.web.visit import Visit
from leadloop.web.words import Words, label_of
from leadloop.web.words.names import stage_name

MOST_OTHERS = 10
MOVES_WITHIN = 10_000
"""Versions in which moves through the stages are looked for; the times leave out what was before."""


class ShownLead(Struct, frozen=True):
    place: LeadPlace
    lead: Lead
    """As of the version in the address."""
    current: Lead
    past: PastLead | None
    words: Words


async def show_lead(visit: Visit) -> Response:
    shown = await load(visit)
    facts, beside, raw, reason, timeline = await asyncio.gather(
        _facts(visit, shown),
        _beside(visit, shown),
        _raw(visit, shown),
        _reason(visit, shown),
        load_timeline(visit, shown.lead, shown.place, shown.words),
    )
    return page(visit, "lead/page.html", **facts, **beside, **raw, **reason, timeline=timeline)


async def show_facts(visit: Visit) -> Response:
    """What changes with the lead, for a page that is open: all but the timeline."""
    shown = await load(visit)
    return page(visit, "lead/_facts.html", **await _facts(visit, shown), **_CLOSED)


async def show_raw(visit: Visit) -> Response:
    """The fragment with the lead as programs see it."""
    shown = await load(visit)
    return page(visit, "lead/_raw.html", place=shown.place, **await _raw(visit, shown, is_open=True))


async def show_reason(visit: Visit) -> Response:
    """The fragment that says why the lead has its user."""
    shown = await load(visit)
    values = await _reason(visit, shown, is_open=True)
    return page(visit, "lead/_why.html", place=shown.place, lead=shown.lead, **values)


async def load(visit: Visit) -> ShownLead:
    """The lead in the path, as of the version in the query. Raises `LeadNotFound`, whether there is none or the visitor
    may not see it, and `ApiError` 404 for a version that the lead does not have. A part of an open page then loads the
    whole page again, so that nothing of the lead stays."""
    lead_id = bare_lead_id(visit.params["lead_id"])
    if lead_id is None:
        raise LeadNotFound
    place = place_of(visit, lead_id)
    try:
        current = lead = await lists.get(visit.store, visit.account.id, lead_id, await visit.visibility())
    except LeadNotFound as error:
        is_part = visit.request.field(b"hx-request") is not None
        raise ApiError(404, error.problem, headers={"HX-Refresh": "true"} if is_part else {}) from None
    past = None
    if place.as_of is not None:
        try:
            lead, past = await read_past(visit.store, current, place.as_of)
        except NoSuchVersion:
            raise ApiError(404, Problem("page_not_found")) from None
    words = Words(
        visit.formats,
        lead.currency or visit.account.currency,
        stored_region(lead, lambda: visit.account.country),
    )
    return ShownLead(place, lead, current, past, words)


_CLOSED: dict[str, Any] = {"raw": None, "reason": None, "has_reason": False}


async def _facts(visit: Visit, shown: ShownLead) -> dict[str, Any]:
    lead, account = shown.lead, visit.account
    oldest = max(0, lead.version - MOVES_WITHIN)
    moves, others = await asyncio.gather(
        visit.context.insights.stage_moves(account.id, lead.id, oldest, lead.version),
        _others(visit, shown),
    )
    until_ms = visit.now_ms if shown.past is None else shown.past.change.at_ms
    return {
        "lead": lead,
        "place": shown.place,
        "past": shown.past,
        "words": shown.words,
        "phone": _phone(lead, account.country),
        "steps": steps_of(lead, moves, until_ms, account.stage_order),
        "tasks": tasks_of(lead, until_ms),
        "groups": groups_of(lead, shown.words),
        "others": others,
        "labels": labels,
        "tag_colour": tag_colour,
        "stage_name": stage_name,
        "owner_label": label_of("owner", visit.visitor.language),
        "owner_key": f"{crc32(repr(lead.owner).encode()):08x}",
    }


async def _others(visit: Visit, shown: ShownLead) -> SamePerson:
    """None for an earlier version: they are of today."""
    if shown.past is not None:
        return SamePerson()
    return await same_person(visit.store, await visit.visibility(), shown.lead, visit.account.country, MOST_OTHERS)


def _phone(lead: Lead, country: str | None) -> PhoneForms | None:
    return None if lead.phone is None else phone_forms(lead.phone, stored_region(lead, lambda: country))


async def _beside(visit: Visit, shown: ShownLead) -> dict[str, Any]:
    """The list that the reader came from, and the leads beside this one in it."""
    text = shown.place.list_text
    state = ListState.read(QueryParams(text or ""))
    beside = Neighbours(None, None)
    if text is not None:
        try:
            query = await lead_query(visit, state, limit=1)
            beside = await neighbours(visit.store, query, await visit.visibility(), shown.current)
        except SearchError:
            text = None
    return {"beside": beside, "list_url": state.address(visit.account.id), "is_from_list": text is not None}


async def _raw(visit: Visit, shown: ShownLead, *, is_open: bool = False) -> dict[str, Any]:
    if not is_open and shown.place.open != "raw":
        return {"raw": None}
    raw = await raw_leads(visit.context.dialects, shown.lead, visit.origin, shown.place.as_of)
    return {"raw": raw}


async def _reason(visit: Visit, shown: ShownLead, *, is_open: bool = False) -> dict[str, Any]:
    if not is_open and shown.place.open != "why":
        return {"reason": None, "has_reason": False}
    reason = await owner_reason(visit.store, shown.lead, shown.words)
    return {"reason": reason, "has_reason": True, "most_changes": HISTORY_LIMIT}
