"""Sending again by hand: one delivery, what failed since a time, or a range of the log.

`webhook-id` stays the same, so that a receiver knows what it has already.
"""

import re
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from leadloop.core.changes import Change
from leadloop.core.errors import InvalidFields, LeadloopError, Problem
from leadloop.core.leads.model import unborn
from leadloop.core.ports import Store
from leadloop.core.threads import in_thread_if_large
from leadloop.webhooks.endpoints import ChangeView, Delivery, Endpoint, deliveries_for
from leadloop.webhooks.events import UPDATED
from leadloop.webhooks.ports import Outbox, WebhookStore
from leadloop.webhooks.routing import QueuedDelivery
from leadloop.webhooks.snapshot import Snapshots

RECOVER_DAYS = 14
DAY_MS = 86_400_000
RECOVERED_AT_ONCE, RECOVER_LIMIT = 1_000, 10_000
READ_AT_ONCE, REPLAY_LIMIT = 100, 1_000
"""Changes."""
READ_BYTES = 1024 * 1024
"""Of changes at once; a single one can have half of it."""
SLACK_MS = 60_000
"""Changes stand in the feed as they were committed; their times, of when they were asked for, are off by no more."""

_EVENT_ID = re.compile(r"evt_([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class EndpointDisabled(LeadloopError):
    """It would keep what is replayed for 14 days after the change only."""

    def __init__(self) -> None:
        super().__init__("the webhook is disabled: resume it first, then replay")


class Recovered(NamedTuple):
    recovered: int
    more: bool
    """Whether there may be others."""


class Range(NamedTuple):
    """The changes from `since_ms` on and before `until_ms`. Made by `range_of`."""

    since_ms: int
    until_ms: int
    after: int | None = None
    """Only those behind this position of the account's feed."""


class Replayed(NamedTuple):
    replayed: int
    examined: int
    """Changes of the range, wanted or not."""
    rest: Range | None
    """What is still to be replayed."""


async def resend(store: WebhookStore, endpoint: Endpoint, event_id: str, view: ChangeView, at_ms: int) -> int | None:
    """One delivery, whatever came of it; 0 if it is on its way already, or tells what the endpoint's body does not
    show; `None` if there is none of this id.
    """
    match = _EVENT_ID.fullmatch(event_id)
    if match is None:
        return None
    for record in await store.deliveries_at(endpoint.account_id, endpoint.id, int(match[1] + match[2], 16)):
        if record.delivery.event_id == event_id:
            if not await _is_shown(store, endpoint, record.delivery, view):
                return 0
            return await store.queue_again([QueuedDelivery(record.delivery, in_turn=False)], "resend", at_ms)
    return None


async def _is_shown(store: Store, endpoint: Endpoint, delivery: Delivery, view: ChangeView) -> bool:
    if endpoint.body != "expad" or delivery.event != UPDATED:
        return True
    snapshot = await Snapshots(store).load(delivery.account_id, delivery.lead_id, delivery.version)
    before, lead, _ = snapshot
    if before is None:
        return True
    return await in_thread_if_large(snapshot.size, partial(view.differs_in_expad, before, lead))


async def recover(store: Outbox, endpoint: Endpoint, since_ms: int, at_ms: int) -> Recovered:
    """What failed since then, up to a limit. Raises `InvalidFields`."""
    _check_since(since_ms, at_ms)
    if since_ms < at_ms - RECOVER_DAYS * DAY_MS:
        raise InvalidFields([Problem("/since", f"must be within the last {RECOVER_DAYS} days; replay goes further")])
    recovered = 0
    while recovered < RECOVER_LIMIT:
        found = await store.recover(
            endpoint.account_id, endpoint.id, since_ms, at_ms, RECOVERED_AT_ONCE, in_turn=_in_turn(endpoint)
        )
        recovered += found
        if found < RECOVERED_AT_ONCE:
            return Recovered(recovered, more=False)
    return Recovered(recovered, more=True)


def range_of(since_ms: int, until_ms: int | None, at_ms: int) -> Range:
    """It ends now at the latest: what comes after is delivered anyway. Raises `InvalidFields`."""
    _check_since(since_ms, at_ms)
    if until_ms is not None and until_ms <= since_ms:
        raise InvalidFields([Problem("/until", "must be after since")])
    return Range(since_ms, at_ms if until_ms is None else min(until_ms, at_ms))


async def replay(store: WebhookStore, endpoint: Endpoint, asked: Range, view: ChangeView, at_ms: int) -> Replayed:
    """What the endpoint, as it is now, wants of the range, also from before it was made: up to a limit, then `rest`.

    Raises `EndpointDisabled`.
    """
    if endpoint.state == "disabled":
        raise EndpointDisabled
    after = await _begin(store, endpoint.account_id, asked.since_ms) if asked.after is None else asked.after
    snapshots = Snapshots(store)
    read = replayed = examined = 0
    while read < REPLAY_LIMIT:
        found = await store.changes(endpoint.account_id, after, READ_AT_ONCE, READ_BYTES)
        wanted = await _wanted(snapshots, endpoint, [change for change in found if _holds(asked, change)], view)
        filed = [QueuedDelivery(delivery, _in_turn(endpoint)) for delivery in wanted]
        replayed += await store.queue_again(filed, "replay", at_ms) if filed else 0
        examined += sum(_holds(asked, change) for change in found)
        if not found or found[-1].at_ms >= asked.until_ms + SLACK_MS:
            return Replayed(replayed, examined, None)
        read, after = read + len(found), found[-1].position
    return Replayed(replayed, examined, asked._replace(after=after))


async def _begin(store: Store, account_id: str, since_ms: int) -> int:
    """A position of the feed with all changes since then behind it."""
    first, last = 0, await store.feed_position(account_id)
    while first < last:
        middle = (first + last) // 2
        (change,) = await store.changes(account_id, middle, 1)
        if change.at_ms < since_ms - SLACK_MS:
            first = change.position
        else:
            last = middle
    return first


async def _wanted(
    snapshots: Snapshots, endpoint: Endpoint, changes: Sequence[Change], view: ChangeView
) -> list[Delivery]:
    """As when they were made. Leads are only read for an endpoint that is narrowed to some, or shows less of them."""
    narrowed = endpoint.stages or endpoint.statuses or endpoint.sources or endpoint.tags or endpoint.body == "expad"
    deliveries: list[Delivery] = []
    for change in changes:
        before, lead, size = None, unborn(change.account_id, change.lead_id, change.at_ms), len(change.fields)
        if narrowed:
            snapshot = await snapshots.of(change)
            before, lead, size = snapshot.before, snapshot.lead, snapshot.size
        work = partial(deliveries_for, [endpoint], before, lead, change, view)
        deliveries += await in_thread_if_large(size, work)
    return deliveries


def _holds(asked: Range, change: Change) -> bool:
    return asked.since_ms <= change.at_ms < asked.until_ms


def _in_turn(endpoint: Endpoint) -> bool:
    return endpoint.order == "per_lead"


def _check_since(since_ms: int, at_ms: int) -> None:
    if since_ms > at_ms:
        raise InvalidFields([Problem("/since", "must not be in the future")])
