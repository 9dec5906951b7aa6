"""Toy, a lead API of four properties under `/toy/people`: its routes, errors, answers and webhook bodies."""

from msgspec import UNSET

from leadloop.api import as_of, views
from leadloop.api.call import Answer, Body, Call, Dialect, Route, Takes, lead_headers, lead_id_of, show_unless_cached
from leadloop.api.errors import ApiError, lines
from leadloop.api.properties import Property, ServerField, StoredField, field_namer, read_patch
from leadloop.api.sample import SampleLead
from leadloop.api.scalars import Text
from leadloop.api.writes import create_lead, delete_lead, patch_lead
from leadloop.core.ids import Stamp
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.problems import Problems
from leadloop.core.writes.use_cases import WriteResult
from leadloop.settings import DatabaseSettings
from leadloop.webhooks.events import CREATED
from leadloop.webhooks.shapes import BodyShape, Draft, Event

REGION = "PT"
PROPERTIES: dict[str, Property] = {
    "ref": ServerField(lambda lead: f"toy-{lead.id}"),
    "called": StoredField("called", "name", Text(unset="")),
    "mail": StoredField("mail", "email", Text(unset="")),
    "ring": StoredField("ring", "phone", Text(unset="")),
}


def dialect(settings: DatabaseSettings) -> Dialect:
    return Dialect(
        name="toy",
        prefix="/toy/",
        routes=routes,
        error=error,
        webhook=BodyShape(draft, lambda before, after: show(before) != show(after), {CREATED: "PersonBorn"}),
        properties=PROPERTIES,
        show=show,
        view=views.View(show, field_namer(PROPERTIES)),
        shown_id="toy-".__add__,
        feed_repeats=frozenset({"/email"}),
        read_patch=read,
        read_match=read,
        read_new=read_new,
        refuses_unknown=True,
        region=REGION,
        matches={"email": "mail", "phone": "ring"},
        sample=SampleLead(title="Toy", path="/toy/people", body={"called": "Ana"}, labels={"called": "Name"}),
        lead_path="/toy/people/{lead_id}",
        get_body=show,
        success=success,
    )


def routes() -> list[Route]:
    people, person = "/toy/people", "/toy/people/{lead_id}"
    return [
        Route("POST", people, "leads:write", create_lead, Takes.NEW),
        Route("GET", person, "leads:read", get, query=as_of.PARAMETERS),
        Route("PATCH", person, "leads:write", patch_lead, Takes.LEAD_CHANGE),
        Route("DELETE", person, "leads:write", delete_lead, Takes.LEAD_DELETION),
    ]


async def get(call: Call) -> Answer:
    lead = await as_of.load_lead(call, lead_id_of(call))
    return await show_unless_cached(call, lead, lambda: show(lead))


def show(lead: Lead) -> Body:
    shown = {name: each.show(lead) for name, each in PROPERTIES.items()}
    return {name: value for name, value in shown.items() if value is not UNSET}


def read(body: Body, base: Lead, now: Lead, problems: Problems) -> LeadPatch:
    return read_patch(PROPERTIES, body, base, problems)


def read_new(body: Body, blank: Lead, stamp: Stamp, problems: Problems) -> LeadPatch:
    if not body.get("called"):
        problems.refuse("/called", "required")
    return read_patch(PROPERTIES, body, blank, problems)


def success(call: Call, result: WriteResult, ignored: list[str]) -> Answer:
    headers = lead_headers(call, result.lead, creates=call.request.method == "POST")
    if call.preferences.dry_run:
        return Answer({"would": views.dry_run(call, result)}, headers=headers)
    done = {"did": views.changed_names(call.dialect.view, result), "ref": f"toy-{result.lead.id}"}
    return Answer(show(result.lead) if call.wants_representation() else done, headers=headers)


def error(refused: ApiError) -> Body:
    return {"oops": refused.message, "where": lines(refused.problems), **refused.more}


def draft(event: Event) -> Draft:
    body = {"toy": event.name, "event": event.id, **event.versions, "person": show(event.lead)}
    return Draft(body, lead_at=("person",))
