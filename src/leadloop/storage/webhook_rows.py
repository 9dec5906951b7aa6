"""Converts rows of the webhook tables to structs and back. The columns have the order of the SELECT or INSERT."""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import structs

from leadloop.webhooks.endpoints import Delivery, Endpoint
from leadloop.webhooks.health import Health
from leadloop.webhooks.ports import (
    AFTER_ANOTHER_MS,
    AttemptRecord,
    Claim,
    CompletedAttempt,
    DeliveryRecord,
    PagePosition,
    StoredEndpoint,
)
from leadloop.webhooks.routing import QueuedDelivery
from leadloop.webhooks.sign import Secret

_ENCODE = msgspec.json.Encoder().encode
_ENDPOINT = msgspec.json.Decoder(Endpoint).decode
_HEALTH = msgspec.json.Decoder(Health).decode
_SECRETS = msgspec.json.Decoder(list[Secret]).decode
_HEALTHY = Health()

DELIVERY_RETENTION_MS, ATTEMPT_RETENTION_MS = 14 * 86_400_000, 30 * 86_400_000
"""How long deliveries, and the results of their attempts, are kept."""
FIRST_PAGE = PagePosition(AFTER_ANOTHER_MS, "", 0)
"""Every entry of a list, newest first, comes after it."""
LATEST = (AFTER_ANOTHER_MS, "")
"""A version and endpoint before which all deliveries of a lead are."""
LEFTOVER_GRACE_MS = 3_600_000
"""How long after an endpoint's deletion a writer may still queue deliveries for it, at most."""


class RequeuedRow(NamedTuple):
    lead_id: str
    version: int
    event: str
    at_ms: int
    due_at_ms: int


class PurgeCutoffs(NamedTuple):
    """An endpoint whose rows may have expired, and the times before which they have."""

    account_id: str
    endpoint_id: str
    attempts_before_ms: int
    finished_before_ms: int
    held_before_ms: int
    """Deliveries from before this are deleted in any state; 0 for none."""
    delete_leftover: bool
    """Whether to delete the mark of a deleted endpoint once it has no rows."""


def endpoint(row: Iterable[Any]) -> StoredEndpoint:
    doc, health, secrets = row
    return StoredEndpoint(structs.replace(_ENDPOINT(doc), health=_HEALTH(health)), _SECRETS(secrets))


def endpoint_row(stored: StoredEndpoint) -> tuple[Any, ...]:
    endpoint = stored.endpoint
    health, secrets = health_json(endpoint.health), secrets_json(stored.secrets)
    return endpoint.account_id, endpoint.id, endpoint.created_at_ms, endpoint_json(endpoint), health, secrets


def endpoint_json(endpoint: Endpoint) -> str:
    """Without its health, which has a column of its own."""
    return _ENCODE(structs.replace(endpoint, health=_HEALTHY)).decode()


def secrets_json(secrets: list[Secret]) -> str:
    return _ENCODE(secrets).decode()


def health(text: str) -> Health:
    return _HEALTH(text)


def health_json(health: Health) -> str:
    return _ENCODE(health).decode()


def read_claim(row: Iterable[Any], token: str) -> Claim:
    account_id, endpoint_id, lead_id, version, event, attempts, cause, created_at_ms = row
    delivery = Delivery(
        account_id=account_id,
        endpoint_id=endpoint_id,
        lead_id=lead_id,
        version=version,
        event=event,
        at_ms=created_at_ms,
    )
    return Claim(delivery, attempts, cause, token)


def attempt(row: Iterable[Any]) -> AttemptRecord:
    lead_id, version, event, event_id, n, cause, at_ms, duration_ms, status, error, address, answer, next_at_ms = row
    return AttemptRecord(
        lead_id=lead_id,
        version=version,
        event=event,
        event_id=event_id,
        n=n,
        trigger=cause,
        at_ms=at_ms,
        duration_ms=duration_ms,
        status=status,
        error=error,
        address=address,
        answer=answer,
        next_at_ms=next_at_ms,
    )


def delivery(account_id: str, endpoint_id: str, row: Iterable[Any]) -> Delivery:
    lead_id, version, event, at_ms = row
    return Delivery(
        account_id=account_id, endpoint_id=endpoint_id, lead_id=lead_id, version=version, event=event, at_ms=at_ms
    )


def delivery_record(account_id: str, endpoint_id: str, row: Iterable[Any]) -> DeliveryRecord:
    *columns, state, attempts, due_at_ms, finished_at_ms, claimed = row
    record = delivery(account_id, endpoint_id, columns)
    return DeliveryRecord(record, state, attempts, due_at_ms, finished_at_ms, bool(claimed))


def initial_due_ms(delivery: Delivery) -> int:
    """When a new delivery is due: now, or at the time of its change if that is earlier. A change's time may lie in the
    future: it is never before the previous change's, even if the clock was set back."""
    return min(delivery.at_ms, time.time_ns() // 1_000_000)


def requeued_rows(
    deliveries: Sequence[QueuedDelivery], unfinished: Iterable[tuple[str, int]], at_ms: int
) -> list[RequeuedRow]:
    """The rows of deliveries to queue again, the oldest first. `unfinished` has lead and version of unfinished ones."""
    waiting: defaultdict[str, set[int]] = defaultdict(set)
    for lead_id, version in unfinished:
        waiting[lead_id].add(version)
    rows = []
    for queued, in_turn in sorted(deliveries, key=lambda queued: queued.delivery.version):
        must_wait = in_turn and any(version < queued.version for version in waiting[queued.lead_id])
        waiting[queued.lead_id].add(queued.version)
        due_at_ms = AFTER_ANOTHER_MS if must_wait else at_ms
        rows.append(RequeuedRow(queued.lead_id, queued.version, queued.event, queued.at_ms, due_at_ms))
    return rows


def delivery_key(finished: CompletedAttempt) -> tuple[str, str, str, int]:
    delivery = finished.claimed.delivery
    return delivery.account_id, delivery.endpoint_id, delivery.lead_id, delivery.version


def next_trigger(finished: CompletedAttempt) -> str:
    """The trigger of the delivery's next attempt."""
    return "retry" if finished.state == "pending" else finished.claimed.trigger


def purge_cutoffs(row: Iterable[Any], now_ms: int) -> PurgeCutoffs:
    account_id, endpoint_id, health_text, deleted_at_ms = row
    if deleted_at_ms is not None:
        everything = AFTER_ANOTHER_MS
        is_past_grace = now_ms - deleted_at_ms > LEFTOVER_GRACE_MS
        return PurgeCutoffs(account_id, endpoint_id, everything, 0, everything, is_past_grace)
    retained_from_ms, state = now_ms - DELIVERY_RETENTION_MS, health(health_text)
    is_held = state.state == "disabled" and state.since_ms < retained_from_ms
    held_before_ms = retained_from_ms if is_held else 0
    return PurgeCutoffs(account_id, endpoint_id, now_ms - ATTEMPT_RETENTION_MS, retained_from_ms, held_before_ms, False)
