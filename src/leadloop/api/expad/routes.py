"""The routes of the Expad dialect, all on one screen, and their handlers (expad.md section 2)."""

from msgspec import structs

from leadloop.api.body import read_object
from leadloop.api.call import Answer, Call, Dialect, Route, bare_lead_id, lead_headers
from leadloop.api.errors import ApiError
from leadloop.api.expad import errors, listing, wire
from leadloop.api.properties import naming, settle
from leadloop.api.reading import reading
from leadloop.core.errors import LeadNotFound
from leadloop.core.leads import service
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch

DIALECT = Dialect("expad", "/v1/", errors.body, naming(wire.properties()))


class Expad:
    def __init__(self, *, show_seconds: bool) -> None:
        self._properties = wire.properties(show_seconds=show_seconds)
        self._naming = naming(self._properties)

    def routes(self) -> list[Route]:
        leads, lead = "/v1/account/{account_id}/lead", "/v1/account/{account_id}/lead/{lead_id}"
        return [
            Route("GET", leads, "leads:read", self.list),
            Route("GET", "/v1/account/{account_id}/leads", "leads:read", self.list),
            Route("POST", leads, "leads:write", self.create),
            Route("GET", lead, "leads:read", self.get),
            Route("PATCH", lead, "leads:write", self.update),
            Route("PATCH", leads, "leads:write", self.update, missing="lead id missing in the path"),
        ]

    async def update(self, call: Call) -> Answer:
        account_id = _own_account(call)
        body = await read_object(call.request)
        ignored: list[str] = []

        def settled(lead: Lead) -> LeadPatch:
            found = reading(call.preferences.handling, refuses_unknown=False)
            patch = settle(self._properties, body, lead, found, wire.keep_reachable)
            ignored[:] = found.ignored
            return patch

        lead, change = structs.astuple(
            await service.update(
                call.store,
                call.stamp,
                account_id,
                _lead_id(call),
                settled,
                contact=wire.contact(body),
                message_id=wire.message_id(body),
            )
        )
        text = "Lead updated" if change else "Nothing to change"
        names = (self._naming(field.field) for field in change.fields) if change else ()
        answer = {"messge": text, "message": text, "leadId": lead.id, "version": lead.version}
        answer |= {"changed": list(dict.fromkeys(filter(None, names))), "ignored": ignored}
        if call.wants_representation():
            answer = wire.show(self._properties, lead) | {"messge": text}
            if ignored:
                answer["ignored"] = ignored
        return Answer(answer, headers=lead_headers(call, lead))

    async def get(self, call: Call) -> Answer:
        account_id = _own_account(call)
        lead = await service.get(call.store, account_id, _lead_id(call))
        return Answer(wire.show(self._properties, lead), headers=lead_headers(call, lead))

    async def create(self, call: Call) -> Answer:
        account_id = _own_account(call)
        body = await read_object(call.request)
        found = reading(call.preferences.handling, refuses_unknown=False)
        patch = wire.new_lead(self._properties, body, account_id, call.stamp, found)
        lead = (await service.create(call.store, call.stamp, account_id, patch)).lead
        answer = wire.show(self._properties, lead) | {"leadId": lead.id, "messge": "Lead created"}
        if found.ignored:
            answer["ignored"] = found.ignored
        return Answer(answer, headers=lead_headers(call, lead, always_shown=True))

    async def list(self, call: Call) -> Answer:
        page = await listing.page(call, _own_account(call))
        leads = [wire.show(self._properties, lead) for lead in page.leads]
        return Answer(
            {
                "leads": leads,
                "total": page.total,
                "page": page.number,
                "pageSize": page.size,
                "nextPageToken": page.next_token,
            }
        )


def _own_account(call: Call) -> str:
    """The account of the path, which must be the key's own: another's gets one answer, whether it exists or not."""
    account_id: str = call.request.path_params["account_id"]
    if account_id == call.caller.account_id:
        return account_id
    if bare_lead_id(account_id) != account_id:
        raise ApiError(404, "there is no such account: its id is 24 lower-case hexadecimal characters")
    raise ApiError(403, "this API key belongs to another account")


def _lead_id(call: Call) -> str:
    lead_id = bare_lead_id(call.request.path_params["lead_id"])
    if lead_id is None:
        raise LeadNotFound
    return lead_id
