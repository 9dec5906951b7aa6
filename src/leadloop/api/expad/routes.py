"""The routes of the Expad dialect, all on one screen, and their handlers (expad.md section 2)."""

from functools import partial
from typing import Any

from leadloop.api import moments, views, writes
from leadloop.api.call import Answer, Call, Dialect, Route, bare_lead_id, lead_headers, lead_id_of, shown_unless_known
from leadloop.api.errors import ApiError
from leadloop.api.expad import errors, insights, listing, wire
from leadloop.api.pages import bounded
from leadloop.api.prefer import problems_for
from leadloop.api.properties import naming, settle
from leadloop.api.replays import Answering
from leadloop.api.writes import Sent, Upsert
from leadloop.core.errors import Conflict, Problem
from leadloop.core.leads.matching import Match
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.writes import use_cases
from leadloop.core.writes.use_cases import WriteResult

DIALECT = Dialect("expad", "/v1/", errors.body, naming(wire.properties() | wire.EXTENSIONS))

UPDATED, UNCHANGED, DRY_RUN = "Lead updated", "Nothing to change", "Dry run: nothing was written"


class Expad:
    def __init__(self, *, show_seconds: bool) -> None:
        self._properties = wire.properties(show_seconds=show_seconds)
        self._writable = self._properties | wire.EXTENSIONS
        self._view = views.View(partial(wire.show, self._writable), naming(self._writable))
        self._insights = insights.Insights()

    def routes(self) -> list[Route]:
        leads, lead = "/v1/account/{account_id}/lead", "/v1/account/{account_id}/lead/{lead_id}"
        return [
            Route("GET", leads, "leads:read", bounded(self.list)),
            Route("GET", "/v1/account/{account_id}/leads", "leads:read", bounded(self.list)),
            Route("GET", "/v1/account/{account_id}/insights", "leads:read", self.insights),
            Route("POST", leads, "leads:write", self.create),
            Route("GET", lead, "leads:read", self.get),
            Route("PATCH", lead, "leads:write", self.update),
            Route("PATCH", leads, "leads:write", self.update, missing=Problem("lead_id_missing")),
        ]

    async def update(self, call: Call) -> Answer:
        _own_account(call)
        sent = await writes.read(call)
        ignored: list[str] = []

        def answer(call: Call, written: WriteResult) -> Answer:
            lead, headers = written.lead, lead_headers(call, written.lead)
            if call.preferences.dry_run:
                return self._dry_run(call, written, ignored)
            text = UPDATED if written.change else UNCHANGED
            if call.wants_representation():
                shown = wire.show(self._properties, lead) | {"messge": text}
                return Answer(shown | ({"ignored": ignored} if ignored else {}), headers=headers)
            return Answer(self._told(written, text, ignored), headers=headers)

        settled = partial(self._settled, sent, ignored)
        write = writes.writing(call, sent, Answering(answer, ignored, settled), wire.REGION)
        do = partial(self._update, call, sent, write, ignored, lead_id_of(call))
        return await writes.once(call, write, do)

    async def _update(
        self,
        call: Call,
        sent: Sent,
        write: use_cases.WriteRequest[Answer],
        ignored: list[str],
        lead_id: str,
        found_by: Match | None = None,
    ) -> Answer:
        settled = partial(self._settled, sent, ignored, call)
        asks: dict[str, Any] = {
            "contact": wire.contact(sent.body, is_renewing=call.caller.is_renewing),
            "message_id": wire.message_id(sent.body),
        }
        try:
            return await use_cases.update(
                call.store, write, lead_id, settled, found_by=found_by, eyes=self._view.eyes, **asks
            )
        except Conflict as error:
            raise views.conflict(call, self._view, error, sent.body) from None

    def _settled(self, sent: Sent, ignored: list[str], call: Call, base: Lead, now: Lead) -> LeadPatch:
        problems = problems_for(call.preferences.handling, refuses_unknown=False)
        patch = settle(self._writable, sent.body, base, problems, partial(wire.keep_reachable, now))
        ignored[:] = problems.ignored
        return patch

    def _told(self, written: WriteResult, text: str, ignored: list[str]) -> dict[str, Any]:
        """What a write answers that shows no lead."""
        lead, changed = written.lead, views.names(self._view, written)
        told = {"messge": text, "message": text, "leadId": lead.id, "version": lead.version}
        return told | {"changed": changed, "ignored": ignored}

    def _dry_run(self, call: Call, written: WriteResult, ignored: list[str], *, creates: bool = False) -> Answer:
        told = {"messge": DRY_RUN, "message": DRY_RUN, **views.dry_run(call, self._view, written), "ignored": ignored}
        return Answer(told, headers=lead_headers(call, written.before, creates=creates))

    async def get(self, call: Call) -> Answer:
        account_id = _own_account(call)
        lead = await moments.lead(call, account_id, lead_id_of(call))
        return await shown_unless_known(call, lead, partial(wire.show, self._properties, lead))

    async def create(self, call: Call) -> Answer:
        account_id = _own_account(call)
        sent = await writes.read(call, needs_version=False)
        ignored: list[str] = []
        match = writes.match(call, sent.body, wire.MATCHES, wire.REGION)

        def answer(call: Call, written: WriteResult) -> Answer:
            if call.preferences.dry_run:
                return self._dry_run(call, written, ignored, creates=True)
            text = "Lead created" if written.before is None else UPDATED if written.change else UNCHANGED
            if not call.may_read:
                headers = lead_headers(call, written.lead, creates=True)
                return Answer(self._told(written, text, ignored), headers=headers)
            body = wire.show(self._properties, written.lead) | {"leadId": written.lead.id, "messge": text}
            headers = lead_headers(call, written.lead, always_shown=True, creates=True)
            return Answer(body | ({"ignored": ignored} if ignored else {}), headers=headers)

        def settled(call: Call = call) -> LeadPatch:
            problems = problems_for(call.preferences.handling, refuses_unknown=False)
            patch = wire.new_lead(self._writable, sent.body, account_id, call.stamp, problems)
            ignored[:] = problems.ignored
            return patch

        def reread(call: Call, base: Lead | None, now: Lead | None) -> LeadPatch:
            return settled(call) if base is None or now is None else self._settled(sent, ignored, call, base, now)

        answering = Answering(answer, ignored, reread, shows_lead=lambda call: call.may_read)
        write = writes.writing(call, sent, answering, wire.REGION)
        contact = wire.contact(sent.body, is_renewing=call.caller.is_renewing) or wire.NO_CONTACT
        new = partial(use_cases.create, call.store, write, settled, contact, absent=match)
        if match is None:
            return await writes.once(call, write, new)
        present = partial(self._update, call, sent, write, ignored, found_by=match)
        return await writes.upsert(call, write, Upsert(match, present, new, str))

    async def list(self, call: Call) -> Answer:
        page = await listing.page(call, _own_account(call), partial(wire.show, self._properties))
        return Answer(
            {
                "leads": page.leads,
                "total": page.total,
                "page": page.number,
                "pageSize": page.page_size,
                "nextPageToken": page.next_token,
            },
            size=page.size,
        )

    async def insights(self, call: Call) -> Answer:
        return await self._insights.answer(call, _own_account(call))


def _own_account(call: Call) -> str:
    """The account of the path, which must be the key's own: another's gets one answer, whether it exists or not."""
    account_id: str = call.request.path_params["account_id"]
    if account_id == call.caller.account_id:
        return account_id
    if bare_lead_id(account_id) != account_id:
        raise ApiError(404, Problem("account_not_found"))
    raise ApiError(403, Problem("account_of_others"))
