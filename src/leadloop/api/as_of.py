"""`?asOf=` of a Get, in every dialect: the lead at an earlier version or at a given instant."""

from leadloop.api.call import Call
from leadloop.api.errors import invalid_field
from leadloop.api.queries import MAX_DIGITS, parse_rfc3339, read_text
from leadloop.core.errors import NoSuchVersion
from leadloop.core.leads.model import Lead
from leadloop.core.writes import history, use_cases

AS_OF = "asOf"
PARAMETERS = (AS_OF,)


async def load_lead(call: Call, lead_id: str) -> Lead:
    """The lead for a Get, current or as of `asOf`. Raises `LeadNotFound`, and `ApiError` 400 naming `asOf`."""
    store, account_id = call.store, call.caller.account_id
    moment = read_text(call.request, AS_OF) if call.request.scope["query_string"] else None
    if moment is None:
        return await use_cases.get(store, account_id, lead_id)
    if moment.isascii() and moment.isdigit() and len(moment) <= MAX_DIGITS:
        try:
            return await history.at_version(store, account_id, lead_id, int(moment))
        except NoSuchVersion as error:
            raise invalid_field(AS_OF, "version_had_expected", version=error.version) from None
    at_ms = parse_rfc3339(moment)
    if at_ms is None:
        raise invalid_field(AS_OF, "as_of_expected")
    return await history.at_time(store, account_id, lead_id, at_ms)
