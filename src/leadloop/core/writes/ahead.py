"""Reads a large body into a patch before its write enters the store's transaction, where everybody waits.

A body of a mebibyte takes up to half a second to validate. What a dialect makes of it depends on the lead's version
only, so the work is used again inside the transaction unless the lead has changed in between.
"""

from collections.abc import Callable

from leadloop.core.errors import InvalidFields, LeadloopError
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.store import Store
from leadloop.core.threads import in_thread
from leadloop.core.writes.base import Base
from leadloop.core.writes.preconditions import Preconditions

LARGE_BYTES = 16 * 1024
"""Of a body: what is smaller is read in a few milliseconds."""

ReadPatch = Callable[[Lead, Lead], LeadPatch]
"""A dialect's last step: drop what equals the view, validate, map to the core's words.

It gets the lead as the client saw it and the lead as it is, mostly the same. Pure, since it may run more than once.
Raises `InvalidFields`.
"""


async def read_ahead(
    store: Store, account_id: str, lead_id: str, terms: Preconditions, prepared: Base | None, settle: ReadPatch
) -> ReadPatch:
    """`settle` with its result for the lead's current version at hand. Where the write is going to be refused anyway,
    the transaction finds out why."""
    lead = await store.leads.get(account_id, lead_id)
    if lead is None:
        return settle
    try:
        terms.check(lead)
        base = terms.base(lead, prepared)
    except LeadloopError:
        return settle
    read = await in_thread(lambda: outcome(lambda: settle(base, lead)))
    return lambda base, now: read() if now.version == lead.version else settle(base, now)


async def read_new_ahead(make: Callable[[], LeadPatch]) -> Callable[[], LeadPatch]:
    """`make` with its result at hand."""
    return await in_thread(lambda: outcome(make))


def outcome(make: Callable[[], LeadPatch]) -> Callable[[], LeadPatch]:
    """What `make` returns or raises, to be had any number of times."""
    try:
        patch = make()
    except InvalidFields as error:
        refusal = error

        def refuse() -> LeadPatch:
            raise refusal

        return refuse
    return lambda: patch
