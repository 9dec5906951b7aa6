"""Reverts a lead to an earlier version: `POST /api/v1/leads/{leadId}/revert` with `{"version": n}`."""

from leadloop.api import views
from leadloop.api.call import Answer, Body, Call, lead_headers, lead_id_of
from leadloop.api.envelope import success
from leadloop.api.errors import invalid_field
from leadloop.api.replays import plain_builder
from leadloop.api.scalars import parse_whole
from leadloop.api.writes import write_lead
from leadloop.core.errors import NoSuchVersion
from leadloop.core.problems import Problems
from leadloop.core.writes import use_cases
from leadloop.core.writes.history import at_version
from leadloop.core.writes.use_cases import WriteRequest, WriteResult


async def revert(call: Call) -> Answer:
    lead_id, version = lead_id_of(call), _version(call.body)
    try:
        target = await at_version(call.store, call.caller.account_id, lead_id, version)
    except NoSuchVersion:
        target = None

    async def operation(call: Call, write: WriteRequest[Answer]) -> Answer:
        return await use_cases.revert(call.store, write, lead_id, target)

    try:
        return await write_lead(call, plain_builder(_answer), operation)
    except NoSuchVersion as error:
        if target is not None:
            raise  # the base version is the one that the lead never had
        raise invalid_field("version", "past_version_expected", version=error.version) from None


def _answer(call: Call, result: WriteResult) -> Answer:
    if call.preferences.dry_run:
        return success(views.dry_run(call, result), lead_headers(call, result.before))
    lead, dialect = result.lead, call.dialect
    shown = {"leadId": dialect.shown_id(lead.id), "version": lead.version}
    return success(dialect.show(lead) if call.wants_representation() else shown, lead_headers(call, lead))


def _version(body: Body) -> int:
    """Raises `InvalidFields`."""
    problems = Problems()
    problems.refuse_others(body, ("version",))
    version = parse_whole(body.get("version"), False)
    if version is None:
        problems.refuse("/version", "revert_version_required")
    problems.finish()
    assert version is not None, "finish() would have raised"
    return version
