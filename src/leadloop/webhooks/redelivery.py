"""Redelivery on request: of one delivery, of the failed ones since a time, or of a range of the log.

`webhook-id` stays the same, so that receivers recognise duplicates.
"""

import re
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from leadloop.core.changes import Change
from leadloop.core.errors import InvalidFields, Problem, Refusal
from leadloop.core.leads.model import blank_lead
from leadloop.core.store import Store
from leadloop.core.threads import in_thread_if_large
from leadloop.webhooks.endpoints import ChangeView, Delivery, Endpoint, deliveries_for
from leadloop.webhooks.events import UPDATED
from leadloop.webhooks.ports import Outbox, WebhookStore
from leadloop.webhooks.routing import QueuedDelivery
from leadloop.webhooks.snapshot import SnapshotReader

RECOVER_DAYS = 14
DAY_MS = 86_400_000
RECOVER_BATCH, RECOVER_LIMIT = 1_000, 10_000
READ_BATCH, REPLAY_LIMIT = 100, 1_000
"""In changes."""
READ_BYTES = 1024 * 1024
"""Per batch of changes; a single change can have half of it."""
SLACK_MS = 60_000
"""The feed is in the order of commits. A change's time, that of its request, deviates from that order by no more."""

_EVENT_ID = re.compile(r"evt_([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class EndpointDisabled(Refusal):
    """A disabled endpoint keeps replayed deliveries only until 14 days after their change."""

    problem = Problem("webhook_disabled")


class Recovered(NamedTuple):
    recovered: int
    more: bool
    """Whether more may remain."""


class ReplayRange(NamedTuple):
    """The changes from `since_ms` until before `until_ms`. Made by `range_of`."""

    since_ms: int
    until_ms: int
    after: int | None = None
    """Only those after this position of the account's feed."""


class Replayed(NamedTuple):
    replayed: int
    examined: int
    """Changes in the range, whether the endpoint wants them or not."""
    rest: ReplayRange | None
    """The part that remains to be replayed."""


async def resend(store: WebhookStore, endpoint: Endpoint, event_id: str, view: ChangeView, at_ms: int) -> int | None:
    """Queues one delivery again, whatever its state; returns 0 if it is in flight, or if the endpoint's body does not
    show its change, and `None` if there is no delivery with this id.
    """
    match = _EVENT_ID.fullmatch(event_id)
    if match is None:
        return None
    for record in await store.deliveries.at(endpoint.account_id, endpoint.id, int(match[1] + match[2], 16)):
        if record.delivery.event_id == event_id:
            if not await _is_shown(store, endpoint, record.delivery, view):
                return 0
            return await store.deliveries.queue_again([QueuedDelivery(record.delivery, in_turn=False)], "resend", at_ms)
    return None


async def _is_shown(store: Store, endpoint: Endpoint, delivery: Delivery, view: ChangeView) -> bool:
    if not view.needs_leads(endpoint.body) or delivery.event != UPDATED:
        return True
    snapshot = await SnapshotReader(store).load(delivery.account_id, delivery.lead_id, delivery.version)
    before, lead, _ = snapshot
    if before is None:
        return True
    return await in_thread_if_large(snapshot.size, partial(view.shows_update, endpoint.body, before, lead))


async def recover(store: Outbox, endpoint: Endpoint, since_ms: int, at_ms: int) -> Recovered:
    """Queues the deliveries that failed since then, up to a limit. Raises `InvalidFields`."""
    _check_since(since_ms, at_ms)
    if since_ms < at_ms - RECOVER_DAYS * DAY_MS:
        raise InvalidFields([Problem("before_recovery", "/since", days=RECOVER_DAYS)])
    recovered = 0
    while recovered < RECOVER_LIMIT:
        count = await store.deliveries.recover(
            endpoint.account_id, endpoint.id, since_ms, at_ms, RECOVER_BATCH, in_turn=_in_turn(endpoint)
        )
        recovered += count
        if count < RECOVER_BATCH:
            return Recovered(recovered, more=False)
    return Recovered(recovered, more=True)


def range_of(since_ms: int, until_ms: int | None, at_ms: int) -> ReplayRange:
    """Ends now at the latest: later changes are delivered anyway. Raises `InvalidFields`."""
    _check_since(since_ms, at_ms)
    if until_ms is not None and until_ms <= since_ms:
        raise InvalidFields([Problem("not_after_since", "/until")])
    return ReplayRange(since_ms, at_ms if until_ms is None else min(until_ms, at_ms))


async def replay(
    store: WebhookStore, endpoint: Endpoint, period: ReplayRange, view: ChangeView, at_ms: int
) -> Replayed:
    """Queues the changes of the range that the endpoint's current filters accept, even those older than the endpoint;
    up to a limit, then `rest`.

    Raises `EndpointDisabled`.
    """
    if endpoint.state == "disabled":
        raise EndpointDisabled
    after = (
        await _position_before(store, endpoint.account_id, period.since_ms) if period.after is None else period.after
    )
    snapshots = SnapshotReader(store)
    read = replayed = examined = 0
    while read < REPLAY_LIMIT:
        changes = await store.changes.feed(endpoint.account_id, after, READ_BATCH, READ_BYTES)
        in_range = [change for change in changes if period.since_ms <= change.at_ms < period.until_ms]
        deliveries = await _deliveries(snapshots, endpoint, in_range, view)
        queued = [QueuedDelivery(delivery, _in_turn(endpoint)) for delivery in deliveries]
        replayed += await store.deliveries.queue_again(queued, "replay", at_ms) if queued else 0
        examined += len(in_range)
        if not changes or changes[-1].at_ms >= period.until_ms + SLACK_MS:
            return Replayed(replayed, examined, None)
        read, after = read + len(changes), changes[-1].position
    return Replayed(replayed, examined, period._replace(after=after))


async def _position_before(store: Store, account_id: str, since_ms: int) -> int:
    """A position of the feed that all changes since then come after."""
    first, last = 0, await store.changes.position(account_id)
    while first < last:
        middle = (first + last) // 2
        (change,) = await store.changes.feed(account_id, middle, 1)
        if change.at_ms < since_ms - SLACK_MS:
            first = change.position
        else:
            last = middle
    return first


async def _deliveries(
    snapshots: SnapshotReader, endpoint: Endpoint, changes: Sequence[Change], view: ChangeView
) -> list[Delivery]:
    """Those that the changes would have queued. Reads leads only for filters on them, and for a body that does
    not show all updates."""
    is_filtered = endpoint.stages or endpoint.statuses or endpoint.sources or endpoint.tags
    needs_leads = is_filtered or view.needs_leads(endpoint.body)
    deliveries: list[Delivery] = []
    for change in changes:
        before, lead, size = None, blank_lead(change.account_id, change.lead_id, change.at_ms), len(change.fields)
        if needs_leads:
            snapshot = await snapshots.from_log(change)
            before, lead, size = snapshot.before, snapshot.lead, snapshot.size
        work = partial(deliveries_for, [endpoint], before, lead, change, view)
        deliveries += await in_thread_if_large(size, work)
    return deliveries


def _in_turn(endpoint: Endpoint) -> bool:
    return endpoint.order == "per_lead"


def _check_since(since_ms: int, at_ms: int) -> None:
    if since_ms > at_ms:
        raise InvalidFields([Problem("in_future", "/since")])
