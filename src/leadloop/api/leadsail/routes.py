"""The routes of the LeadSail dialect, all on one screen, and their handlers (leadsail.md section 2)."""

from typing import Any
from urllib.parse import quote

from leadloop.api.body import read_object
from leadloop.api.call import Answer, Call, Dialect, Route, bare_lead_id, lead_headers
from leadloop.api.leadsail import errors, listing, wire
from leadloop.api.properties import naming, settle
from leadloop.api.reading import reading
from leadloop.core.errors import LeadNotFound
from leadloop.core.leads import service
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch

DIALECT = Dialect("leadsail", "/api/v1/", errors.body, naming(wire.PROPERTIES))

IGNORED_LIMIT_BYTES = 4 * 1024
"""As much of a header as every client and proxy takes."""
VISIBLE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in "%,")


class LeadSail:
    def routes(self) -> list[Route]:
        leads, lead = "/api/v1/leads", "/api/v1/leads/{lead_id}"
        return [
            Route("GET", leads, "leads:read", self.list),
            Route("POST", leads, "leads:write", self.create),
            Route("GET", lead, "leads:read", self.get),
            Route("PATCH", lead, "leads:write", self.update),
            Route("DELETE", lead, "leads:write", self.delete),
        ]

    async def update(self, call: Call) -> Answer:
        body = await read_object(call.request)
        ignored: list[str] = []

        def settled(lead: Lead) -> LeadPatch:
            found = reading(call.preferences.handling, refuses_unknown=True)
            patch = settle(wire.PROPERTIES, body, lead, found)
            ignored[:] = found.ignored
            return patch

        written = await service.update(
            call.store, call.stamp, call.caller.account_id, _lead_id(call), settled, contact=wire.contact(body)
        )
        data = wire.show(written.lead) if call.wants_representation() else None
        return _success(data, _headers(call, written.lead, ignored))

    async def get(self, call: Call) -> Answer:
        lead = await service.get(call.store, call.caller.account_id, _lead_id(call))
        return _success(wire.show(lead), lead_headers(call, lead))

    async def create(self, call: Call) -> Answer:
        body = await read_object(call.request)
        account_id = call.caller.account_id
        found = reading(call.preferences.handling, refuses_unknown=True)
        patch = wire.new_lead(body, account_id, call.stamp, found)
        lead = (await service.create(call.store, call.stamp, account_id, patch)).lead
        data = {"leadId": wire.ID_PREFIX + lead.id, "submissionId": f"sub_{lead.id}"}
        if call.wants_representation():
            data |= wire.show(lead)
        return _success(data, _headers(call, lead, found.ignored), 201)

    async def delete(self, call: Call) -> Answer:
        written = await service.delete(call.store, call.stamp, call.caller.account_id, _lead_id(call))
        return _success(None, lead_headers(call, written.lead))

    async def list(self, call: Call) -> Answer:
        leads, has_more = await listing.page(call)
        next_cursor = wire.ID_PREFIX + leads[-1].id if has_more else None
        return _success({"leads": [wire.show(lead) for lead in leads], "nextCursor": next_cursor, "hasMore": has_more})


def _success(data: Any, headers: dict[str, str] | None = None, status: int = 200) -> Answer:
    return Answer({"success": True, "data": data}, status, headers or {})


def _headers(call: Call, lead: Lead, ignored: list[str]) -> dict[str, str]:
    headers = lead_headers(call, lead)
    if ignored:
        headers["Leadloop-Ignored"] = _listed(ignored)
    return headers


def _listed(pointers: list[str]) -> str:
    """Percent-encoded where a header can not hold a character, `...` at the end where it can not hold them all."""
    text = ", ".join(quote(pointer, safe=VISIBLE) for pointer in pointers)
    if len(text) <= IGNORED_LIMIT_BYTES:
        return text
    return text[:IGNORED_LIMIT_BYTES].rpartition(", ")[0] + ", ..."


def _lead_id(call: Call) -> str:
    lead_id = bare_lead_id(call.request.path_params["lead_id"])
    if lead_id is None:
        raise LeadNotFound
    return lead_id
