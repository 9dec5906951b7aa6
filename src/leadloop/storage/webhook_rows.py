"""Rows of the webhook tables to structs and back, one function each. A row has the order of its SELECT."""

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
_WELL = Health()

KEPT_MS, ATTEMPTS_KEPT_MS = 14 * 86_400_000, 30 * 86_400_000
"""How long a delivery is kept, and what came of its attempts."""
END = PagePosition(AFTER_ANOTHER_MS, "", 0)
"""Before it is everything."""
LEFT_MS = 3_600_000
"""How long after an endpoint was deleted a writer may still file something for it, at the very most."""


class Refiled(NamedTuple):
    lead_id: str
    version: int
    event: str
    at_ms: int
    due_at_ms: int


class Tidied(NamedTuple):
    """An endpoint with something to look after: what of its own is past keeping."""

    account_id: str
    endpoint_id: str
    attempts_before_ms: int
    finished_before_ms: int
    held_before_ms: int
    """Deliveries that go in whatever state they are; 0 for none."""
    forgotten: bool
    """Whether it is done with when nothing is left."""


def endpoint(row: Iterable[Any]) -> StoredEndpoint:
    doc, health, secrets = row
    return StoredEndpoint(structs.replace(_ENDPOINT(doc), health=_HEALTH(health)), _SECRETS(secrets))


def endpoint_row(stored: StoredEndpoint) -> tuple[Any, ...]:
    found = stored.endpoint
    health, secrets = health_json(found.health), secrets_json(stored.secrets)
    return found.account_id, found.id, found.created_at_ms, endpoint_json(found), health, secrets


def endpoint_json(endpoint: Endpoint) -> str:
    """Without its health, which has a column of its own."""
    return _ENCODE(structs.replace(endpoint, health=_WELL)).decode()


def secrets_json(secrets: list[Secret]) -> str:
    return _ENCODE(secrets).decode()


def health(text: str) -> Health:
    return _HEALTH(text)


def health_json(health: Health) -> str:
    return _ENCODE(health).decode()


def claimed(row: Iterable[Any], token: str) -> Claim:
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
    *about, state, attempts, due_at_ms, finished_at_ms, claimed = row
    told = delivery(account_id, endpoint_id, about)
    return DeliveryRecord(told, state, attempts, due_at_ms, finished_at_ms, bool(claimed))


def due_at_once_ms(delivery: Delivery) -> int:
    """When a new delivery is due: now, or at the time of its change where that is earlier. A change may be recorded
    later than now: its time is never before that of the change before it, though the clock was set back."""
    return min(delivery.at_ms, time.time_ns() // 1_000_000)


def refiled(again: Sequence[QueuedDelivery], unfinished: Iterable[tuple[str, int]], at_ms: int) -> list[Refiled]:
    """Deliveries to be sent once more, the oldest first, when those of `unfinished` (lead and version) are."""
    waiting: defaultdict[str, set[int]] = defaultdict(set)
    for lead_id, version in unfinished:
        waiting[lead_id].add(version)
    found = []
    for one, in_turn in sorted(again, key=lambda filed: filed.delivery.version):
        behind = in_turn and any(version < one.version for version in waiting[one.lead_id])
        waiting[one.lead_id].add(one.version)
        due_at_ms = AFTER_ANOTHER_MS if behind else at_ms
        found.append(Refiled(one.lead_id, one.version, one.event, one.at_ms, due_at_ms))
    return found


def delivery_key(finished: CompletedAttempt) -> tuple[str, str, str, int]:
    delivery = finished.claimed.delivery
    return delivery.account_id, delivery.endpoint_id, delivery.lead_id, delivery.version


def next_cause(finished: CompletedAttempt) -> str:
    """Why it will be attempted the next time."""
    return "retry" if finished.state == "pending" else finished.claimed.trigger


def tidied(row: Iterable[Any], now_ms: int) -> Tidied:
    account_id, endpoint_id, told, deleted_at_ms = row
    if deleted_at_ms is not None:
        whole = AFTER_ANOTHER_MS
        return Tidied(account_id, endpoint_id, whole, 0, whole, now_ms - deleted_at_ms > LEFT_MS)
    kept_from_ms, state = now_ms - KEPT_MS, health(told)
    held = state.state == "disabled" and state.since_ms < kept_from_ms
    held_before_ms = kept_from_ms if held else 0
    return Tidied(account_id, endpoint_id, now_ms - ATTEMPTS_KEPT_MS, kept_from_ms, held_before_ms, False)
