"""The `Dialect` value of LeadSail (leadsail.md), and its answers to writes."""

from leadloop.api import views
from leadloop.api.call import Answer, Body, Call, Dialect, lead_headers
from leadloop.api.envelope import success as envelope
from leadloop.api.leadsail import errors, routes, webhook, wire
from leadloop.api.leadsail.sample import SAMPLE
from leadloop.api.parameters import IGNORED, ignored_header
from leadloop.api.properties import field_namer, read_patch
from leadloop.core.ids import Stamp
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.problems import Problems
from leadloop.core.writes.use_cases import WriteResult
from leadloop.settings import DatabaseSettings


def dialect(settings: DatabaseSettings) -> Dialect:
    return Dialect(
        name="leadsail",
        prefix="/api/v1/",
        routes=routes.routes,
        error=errors.body,
        webhook=webhook.SHAPE,
        properties=wire.PROPERTIES,
        show=wire.show,
        view=views.View(wire.show, field_namer(wire.PROPERTIES)),
        shown_id=wire.ID_PREFIX.__add__,
        read_patch=_read_patch,
        read_match=_read_match,
        read_new=_read_new,
        refuses_unknown=True,
        region=wire.REGION,
        matches=wire.MATCHES,
        country="country",
        sample=SAMPLE,
        lead_path=f"{SAMPLE.path}/{{lead_id}}",
        get_body=lambda lead: envelope(wire.show(lead)).body,
        success=success,
    )


def _read_patch(body: Body, base: Lead, now: Lead, problems: Problems) -> LeadPatch:
    return read_patch(wire.PROPERTIES, body, base, problems)


def _read_match(body: Body, base: Lead, now: Lead, problems: Problems) -> LeadPatch:
    return wire.new_lead(body, base, problems, required=())


def _read_new(body: Body, blank: Lead, stamp: Stamp, problems: Problems) -> LeadPatch:
    return wire.new_lead(body, blank, problems)


def success(call: Call, result: WriteResult, ignored: list[str]) -> Answer:
    method, lead, is_dry = call.request.method, result.lead, call.preferences.dry_run
    headers = lead_headers(call, result.before if is_dry else lead, creates=method == "POST")
    if ignored:
        headers[IGNORED] = ignored_header(ignored)
    if is_dry and method == "DELETE":
        headers["Preference-Applied"] = "dry-run"
    if is_dry:
        return envelope(views.dry_run(call, result), headers)
    data = wire.show(lead) if call.wants_representation() and method != "DELETE" else None
    if method != "POST":
        return envelope(data, headers)
    ids = {"leadId": wire.ID_PREFIX + lead.id, "submissionId": f"sub_{lead.id}"}
    return envelope(ids | (data or {}), headers, 201 if result.before is None else 200)
