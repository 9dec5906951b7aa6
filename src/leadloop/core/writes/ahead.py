"""Reads a large body into a patch before its write enters the store's transaction, which all other writes wait for.

Validating a body of 1 MiB takes up to half a second. The resulting patch depends on nothing but the lead's version, so
the transaction reuses it unless the lead has changed in between.
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
"""A body up to this size takes a few milliseconds to read."""

ReadPatch = Callable[[Lead, Lead], LeadPatch]
"""A dialect's last step: drop what equals the view, validate, map to the core's fields.

Its arguments are the lead as the client saw it and the current lead, usually the same. It may run more than once, so it
must be pure. Raises `InvalidFields`.
"""


async def read_ahead(
    store: Store,
    account_id: str,
    lead_id: str,
    preconditions: Preconditions,
    prepared: Base | None,
    read_patch: ReadPatch,
) -> ReadPatch:
    """Returns a `read_patch` that already has the result for the lead's current version.

    Returns the original one when the write is going to fail anyway: the transaction then finds out why.
    """
    lead = await store.leads.get(account_id, lead_id)
    if lead is None:
        return read_patch
    try:
        preconditions.check(lead)
        base = preconditions.base(lead, prepared)
    except LeadloopError:
        return read_patch
    replay = await in_thread(lambda: compute_once(lambda: read_patch(base, lead)))
    return lambda base, now: replay() if now.version == lead.version else read_patch(base, now)


async def read_new_ahead(read_patch: Callable[[], LeadPatch]) -> Callable[[], LeadPatch]:
    """Returns a `read_patch` that already has its result."""
    return await in_thread(lambda: compute_once(read_patch))


def compute_once(compute: Callable[[], LeadPatch]) -> Callable[[], LeadPatch]:
    """Calls `compute` now; returns a function that returns, or raises, its outcome any number of times."""
    try:
        patch = compute()
    except InvalidFields as error:
        refusal = error

        def refuse() -> LeadPatch:
            raise refusal

        return refuse
    return lambda: patch
