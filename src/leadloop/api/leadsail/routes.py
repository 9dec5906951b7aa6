"""The routes of the LeadSail dialect, all on one screen, and their handlers (leadsail.md section 2)."""

from collections.abc import Collection
from functools import partial
from typing import Any
from urllib.parse import quote

from leadloop.api import moments, views, writes
from leadloop.api.call import Answer, Call, Dialect, Route, lead_headers, lead_id_of, shown_unless_known
from leadloop.api.leadsail import errors, listing, wire
from leadloop.api.pages import bounded
from leadloop.api.prefer import problems_for
from leadloop.api.properties import naming, settle
from leadloop.api.replays import Answering, plain
from leadloop.api.writes import Sent, Upsert
from leadloop.core.errors import Conflict
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.writes import use_cases
from leadloop.core.writes.ahead import ReadPatch
from leadloop.core.writes.use_cases import WriteResult

VIEW = views.View(wire.show, naming(wire.PROPERTIES))
DIALECT = Dialect("leadsail", "/api/v1/", errors.body, VIEW.naming)

IGNORED_LIMIT_BYTES = 4 * 1024
"""As much of a header as every client and proxy takes."""
VISIBLE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in "%,")


class LeadSail:
    def routes(self) -> list[Route]:
        leads, lead = "/api/v1/leads", "/api/v1/leads/{lead_id}"
        return [
            Route("GET", leads, "leads:read", bounded(self.list)),
            Route("POST", leads, "leads:write", self.create),
            Route("GET", lead, "leads:read", self.get),
            Route("PATCH", lead, "leads:write", self.update),
            Route("DELETE", lead, "leads:write", self.delete),
        ]

    async def update(self, call: Call) -> Answer:
        sent = await writes.read(call)
        ignored: list[str] = []

        def settled(call: Call, base: Lead, now: Lead) -> LeadPatch:
            problems = problems_for(call.preferences.handling, refuses_unknown=True)
            patch = settle(wire.PROPERTIES, sent.body, base, problems)
            ignored[:] = problems.ignored
            return patch

        def answer(call: Call, written: WriteResult) -> Answer:
            data = wire.show(written.lead) if call.wants_representation() else None
            if call.preferences.dry_run:
                return success(views.dry_run(call, VIEW, written), _headers(call, written.before, ignored))
            return success(data, _headers(call, written.lead, ignored))

        write = writes.writing(call, sent, Answering(answer, ignored, settled), wire.REGION)
        contact = wire.contact(sent.body, is_renewing=call.caller.is_renewing)
        do = partial(_update, call, sent, write, partial(settled, call), lead_id_of(call), contact=contact)
        return await writes.once(call, write, do)

    async def get(self, call: Call) -> Answer:
        lead = await moments.lead(call, call.caller.account_id, lead_id_of(call))
        return await shown_unless_known(call, lead, lambda: success(wire.show(lead)).body)

    async def create(self, call: Call) -> Answer:
        sent = await writes.read(call, needs_version=False)
        ignored: list[str] = []
        match = writes.match(call, sent.body, wire.MATCHES, wire.REGION)

        def settled(call: Call, base: Lead, now: Lead, required: Collection[str] = ()) -> LeadPatch:
            problems = problems_for(call.preferences.handling, refuses_unknown=True)
            patch = wire.new_lead(sent.body, base, problems, required)
            ignored[:] = problems.ignored
            return patch

        def answer(call: Call, written: WriteResult) -> Answer:
            lead, is_new = written.lead, written.before is None
            data = {"leadId": wire.ID_PREFIX + lead.id, "submissionId": f"sub_{lead.id}"}
            if call.wants_representation():
                data |= wire.show(lead)
            if call.preferences.dry_run:
                headers = _headers(call, written.before, ignored, creates=True)
                return success(views.dry_run(call, VIEW, written), headers)
            return success(data, _headers(call, lead, ignored, creates=True), 201 if is_new else 200)

        def reread(call: Call, base: Lead | None, now: Lead | None) -> LeadPatch:
            if base is None or now is None:
                return settled(call, unborn_lead, unborn_lead, wire.REQUIRED)
            return settled(call, base, now)

        write = writes.writing(call, sent, Answering(answer, ignored, reread), wire.REGION)
        contact = wire.contact(sent.body, is_renewing=call.caller.is_renewing) or wire.NO_CONTACT
        unborn_lead = use_cases.blank_lead_for(write)
        create = partial(settled, call, unborn_lead, unborn_lead, wire.REQUIRED)
        new = partial(use_cases.create, call.store, write, create, contact, absent=match)
        if match is None:
            return await writes.once(call, write, new)
        present = partial(_update, call, sent, write, partial(settled, call), contact=contact, found_by=match)
        return await writes.upsert(call, write, Upsert(match, present, new, wire.ID_PREFIX.__add__))

    async def delete(self, call: Call) -> Answer:
        sent = writes.bodiless(call)

        def answer(call: Call, written: WriteResult) -> Answer:
            if call.preferences.dry_run:
                headers = lead_headers(call, written.before) | {"Preference-Applied": "dry-run"}
                return success(views.dry_run(call, VIEW, written), headers)
            return success(None, lead_headers(call, written.lead))

        write = writes.writing(call, sent, plain(answer), wire.REGION)
        try:
            return await use_cases.delete(call.store, write, lead_id_of(call))
        except Conflict as error:
            raise views.conflict(call, VIEW, error, {}) from None

    async def list(self, call: Call) -> Answer:
        page = await listing.page(call, wire.show)
        data = {"leads": page.leads, "nextCursor": page.next_cursor, "hasMore": page.next_cursor is not None}
        return success(data, size=page.size)


async def _update(
    call: Call, sent: Sent, write: use_cases.WriteRequest[Answer], settled: ReadPatch, lead_id: str, **asks: Any
) -> Answer:
    try:
        return await use_cases.update(call.store, write, lead_id, settled, eyes=VIEW.eyes, **asks)
    except Conflict as error:
        raise views.conflict(call, VIEW, error, sent.body) from None


def success(data: Any, headers: dict[str, str] | None = None, status: int = 200, size: int = 0) -> Answer:
    return Answer({"success": True, "data": data}, status, headers or {}, size)


def _headers(call: Call, lead: Lead | None, ignored: list[str], *, creates: bool = False) -> dict[str, str]:
    headers = lead_headers(call, lead, creates=creates)
    if ignored:
        headers["Leadloop-Ignored"] = _listed(ignored)
    return headers


def _listed(pointers: list[str]) -> str:
    """Percent-encoded where a header can not hold a character, `...` at the end where it can not hold them all."""
    text = ", ".join(quote(pointer, safe=VISIBLE) for pointer in pointers)
    if len(text) <= IGNORED_LIMIT_BYTES:
        return text
    return text[:IGNORED_LIMIT_BYTES].rpartition(", ")[0] + ", ..."
