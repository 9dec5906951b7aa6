"""Giving a lead the content of one of its versions: `POST /api/v1/leads/{leadId}/revert` with `{"version": n}`."""

from functools import partial
from typing import Any

from leadloop.api import views, writes
from leadloop.api.call import Answer, Call, lead_headers, lead_id_of
from leadloop.api.errors import invalid
from leadloop.api.kinds import whole
from leadloop.api.leadsail import wire
from leadloop.api.leadsail.routes import VIEW, success
from leadloop.api.replays import plain
from leadloop.core.errors import Conflict, NoSuchVersion
from leadloop.core.problems import Problems
from leadloop.core.writes import use_cases
from leadloop.core.writes.history import at_version
from leadloop.core.writes.use_cases import WriteResult


async def revert(call: Call) -> Answer:
    sent = await writes.read(call)
    lead_id = lead_id_of(call)
    version = _version(sent.body)
    try:
        then = await at_version(call.store, call.caller.account_id, lead_id, version)
    except NoSuchVersion:
        then = None

    def answer(call: Call, written: WriteResult) -> Answer:
        lead = written.lead
        data: dict[str, Any] = {"leadId": wire.ID_PREFIX + lead.id, "version": lead.version}
        if call.wants_representation():
            data = wire.show(lead)
        if call.preferences.dry_run:
            data, lead = views.dry_run(call, VIEW, written), written.before or lead
        return success(data, lead_headers(call, lead))

    write = writes.writing(call, sent, plain(answer))
    try:
        return await writes.once(call, write, partial(use_cases.revert, call.store, write, lead_id, then))
    except Conflict as error:
        raise views.conflict(call, VIEW, error, {}) from None
    except NoSuchVersion as error:
        if then is not None:
            raise  # it is the base version that the lead has not had
        raise invalid("version", "past_version_expected", version=error.version) from None


def _version(body: dict[str, Any]) -> int:
    """Raises `InvalidFields`."""
    problems = Problems()
    problems.refuse_others(body, ("version",))
    version = whole(body.get("version"), False)
    if version is None:
        problems.refuse("/version", "revert_version_required")
    problems.finish()
    assert version is not None, "it would have been refused"
    return version
