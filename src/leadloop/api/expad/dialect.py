"""The `Dialect` value of Expad (expad.md), and its answers to writes."""

from functools import partial

from leadloop.api import views
from leadloop.api.call import Answer, Body, Call, Dialect, lead_headers
from leadloop.api.expad import errors, routes, webhook, wire
from leadloop.api.expad.sample import SAMPLE
from leadloop.api.properties import field_namer, read_patch, show_function
from leadloop.core.ids import Stamp
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.problems import Problems
from leadloop.core.writes.use_cases import WriteResult
from leadloop.settings import DatabaseSettings

UPDATED, UNCHANGED, DRY_RUN = "Lead updated", "Nothing to change", "Dry run: nothing was written"


def dialect(settings: DatabaseSettings) -> Dialect:
    show_seconds = settings.expad_epoch_unit == "s"
    properties = wire.properties(show_seconds=show_seconds)
    writable = properties | wire.EXTENSIONS
    show = show_function(properties, shows_unset=True)

    def read(body: Body, base: Lead, now: Lead, problems: Problems) -> LeadPatch:
        return read_patch(writable, body, base, problems, partial(wire.keep_reachable, now))

    def read_new(body: Body, blank: Lead, stamp: Stamp, problems: Problems) -> LeadPatch:
        return wire.new_lead(writable, body, blank, stamp, problems)

    return Dialect(
        name="expad",
        prefix="/v1/",
        routes=routes.routes,
        error=errors.body,
        webhook=webhook.shape(properties, show, lambda at_ms: at_ms // 1_000 if show_seconds else at_ms),
        properties=properties,
        extensions=wire.EXTENSIONS,
        show=show,
        view=views.View(show_function(writable, shows_unset=True), field_namer(writable)),
        shown_id=str,
        feed_names=wire.FEED_NAMES,
        feed_repeats=wire.FEED_REPEATS,
        read_patch=read,
        read_match=read,
        read_new=read_new,
        refuses_unknown=False,
        message_id=wire.message_id,
        region=wire.REGION,
        matches=wire.MATCHES,
        sample=SAMPLE,
        lead_path=f"{SAMPLE.path}/{{lead_id}}",
        get_body=show,
        success=success,
        shows_new_leads=True,
    )


def success(call: Call, result: WriteResult, ignored: list[str]) -> Answer:
    creates, lead = call.request.method == "POST", result.lead
    if call.preferences.dry_run:
        body = {"messge": DRY_RUN, "message": DRY_RUN, **views.dry_run(call, result), "ignored": ignored}
        return Answer(body, headers=lead_headers(call, result.before, creates=creates))
    text = "Lead created" if result.before is None else UPDATED if result.change else UNCHANGED
    shows_lead = call.may_read if creates else call.wants_representation()
    headers = lead_headers(call, lead, always_shown=creates and shows_lead, creates=creates)
    if not shows_lead:
        changed = views.changed_names(call.dialect.view, result)
        body = {"messge": text, "message": text, "leadId": lead.id, "version": lead.version, "changed": changed}
        return Answer(body | {"ignored": ignored}, headers=headers)
    body = call.dialect.show(lead) | ({"leadId": lead.id} if creates else {}) | {"messge": text}
    return Answer(body | ({"ignored": ignored} if ignored else {}), headers=headers)
