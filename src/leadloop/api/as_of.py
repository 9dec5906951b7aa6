"""`?asOf=` of a Get: the lead as it was at a version, or at a moment. The same in every dialect."""

from leadloop.api.call import Call
from leadloop.api.errors import invalid
from leadloop.api.queries import MAX_DIGITS, instant, text
from leadloop.core.errors import NoSuchVersion
from leadloop.core.leads.model import Lead
from leadloop.core.writes import history, use_cases

AS_OF = "asOf"
PARAMETERS = (AS_OF,)


async def lead(call: Call, lead_id: str) -> Lead:
    """The lead that a Get asks for. Raises `LeadNotFound`, and `ApiError` 400 naming `asOf`."""
    store, account_id = call.store, call.caller.account_id
    moment = text(call.request, AS_OF) if call.request.scope["query_string"] else None
    if moment is None:
        return await use_cases.get(store, account_id, lead_id)
    if moment.isascii() and moment.isdigit() and len(moment) <= MAX_DIGITS:
        try:
            return await history.at_version(store, account_id, lead_id, int(moment))
        except NoSuchVersion as error:
            raise invalid(AS_OF, "version_had_expected", version=error.version) from None
    at_ms = instant(moment)
    if at_ms is None:
        raise invalid(AS_OF, "as_of_expected")
    return await history.at_time(store, account_id, lead_id, at_ms)
