"""Giving a lead the content of one of its versions: `POST /api/v1/leads/{leadId}/revert` with `{"version": n}`."""

from leadloop.api import views
from leadloop.api.call import Answer, Body, Call, lead_headers, lead_id_of
from leadloop.api.envelope import success
from leadloop.api.errors import invalid
from leadloop.api.replays import plain
from leadloop.api.scalars import whole
from leadloop.api.writes import write_lead
from leadloop.core.errors import NoSuchVersion
from leadloop.core.problems import Problems
from leadloop.core.writes import use_cases
from leadloop.core.writes.history import at_version
from leadloop.core.writes.use_cases import WriteRequest, WriteResult


async def revert(call: Call) -> Answer:
    lead_id, version = lead_id_of(call), _version(call.body)
    try:
        then = await at_version(call.store, call.caller.account_id, lead_id, version)
    except NoSuchVersion:
        then = None

    async def do(call: Call, write: WriteRequest[Answer]) -> Answer:
        return await use_cases.revert(call.store, write, lead_id, then)

    try:
        return await write_lead(call, plain(_answer), do)
    except NoSuchVersion as error:
        if then is not None:
            raise  # it is the base version that the lead has not had
        raise invalid("version", "past_version_expected", version=error.version) from None


def _answer(call: Call, written: WriteResult) -> Answer:
    if call.preferences.dry_run:
        return success(views.dry_run(call, written), lead_headers(call, written.before))
    lead, dialect = written.lead, call.dialect
    shown = {"leadId": dialect.shown_id(lead.id), "version": lead.version}
    return success(dialect.show(lead) if call.wants_representation() else shown, lead_headers(call, lead))


def _version(body: Body) -> int:
    """Raises `InvalidFields`."""
    problems = Problems()
    problems.refuse_others(body, ("version",))
    version = whole(body.get("version"), False)
    if version is None:
        problems.refuse("/version", "revert_version_required")
    problems.finish()
    assert version is not None, "it would have been refused"
    return version
