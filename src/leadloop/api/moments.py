"""`?asOf=` of a Get: the lead as it was at a version, or at a moment. The same in every dialect."""

from leadloop.api.call import Call
from leadloop.api.errors import invalid
from leadloop.api.queries import MAX_DIGITS, instant, text
from leadloop.core.errors import NoSuchVersion
from leadloop.core.leads.model import Lead
from leadloop.core.writes import history, use_cases

AS_OF = "asOf"


async def lead(call: Call, account_id: str, lead_id: str) -> Lead:
    """The lead that a Get asks for. Raises `LeadNotFound`, and `ApiError` 400 naming `asOf`."""
    asked = text(call.request, AS_OF) if call.request.scope["query_string"] else None
    if asked is None:
        return await use_cases.get(call.store, account_id, lead_id)
    if asked.isascii() and asked.isdigit() and len(asked) <= MAX_DIGITS:
        try:
            return await history.at_version(call.store, account_id, lead_id, int(asked))
        except NoSuchVersion as error:
            raise invalid(AS_OF, "version_had_expected", version=error.version) from None
    at_ms = instant(asked)
    if at_ms is None:
        raise invalid(AS_OF, "as_of_expected")
    return await history.at_time(call.store, account_id, lead_id, at_ms)
