"""Deliveries, attempts and test results in JSON types, for the API and the commands."""

from typing import TYPE_CHECKING, Any, Literal

from leadloop.webhooks.endpoints import Endpoint
from leadloop.webhooks.events import instant
from leadloop.webhooks.ports import AFTER_ANOTHER_MS, AttemptRecord, DeliveryRecord, PagePosition
from leadloop.webhooks.schedule import is_success

if TYPE_CHECKING:
    from leadloop.egress.repeating import Attempt

WaitsFor = Literal["earlier_version", "endpoint", "next_attempt"]
"""An unfinished earlier version of the lead; a paused or disabled endpoint; `nextAttemptAt`."""


def delivery(record: DeliveryRecord, endpoint: Endpoint, at_ms: int) -> dict[str, Any]:
    delivery, cause = record.delivery, waits_for(record, endpoint, at_ms)
    next_ms = record.due_at_ms if cause == "next_attempt" else None
    return {
        "id": delivery.event_id,
        "leadId": f"lead_{delivery.lead_id}",
        "version": delivery.version,
        "event": delivery.event,
        "state": record.state,
        "waitsFor": cause,
        "attempts": record.attempts,
        "changedAt": instant(delivery.at_ms),
        "nextAttemptAt": _instant(next_ms),
        "finishedAt": _instant(record.finished_at_ms),
    }


def attempt(record: AttemptRecord) -> dict[str, Any]:
    return {
        "eventId": record.event_id,
        "leadId": f"lead_{record.lead_id}",
        "version": record.version,
        "event": record.event,
        "n": record.n,
        "trigger": record.trigger,
        "at": instant(record.at_ms),
        "durationMs": record.duration_ms,
        "status": record.status,
        "error": record.error,
        "address": record.address,
        "answer": record.answer,
        "nextAttemptAt": _instant(record.next_at_ms),
    }


def test(attempt: "Attempt") -> dict[str, Any]:
    return {
        "delivered": is_success(attempt.status),
        "status": attempt.status,
        "error": attempt.error,
        "detail": attempt.detail,
        "durationMs": attempt.duration_ms,
        "address": attempt.remote,
        "answer": attempt.answer,
    }


def position_of_delivery(record: DeliveryRecord) -> PagePosition:
    return PagePosition(record.delivery.at_ms, record.delivery.lead_id, record.delivery.version)


def position_of_attempt(record: AttemptRecord) -> PagePosition:
    return PagePosition(record.at_ms, record.lead_id, record.version, record.n)


def waits_for(record: DeliveryRecord, endpoint: Endpoint, at_ms: int) -> WaitsFor | None:
    """`None` if it is finished, in flight or due."""
    if record.state != "pending":
        return None
    if record.due_at_ms == AFTER_ANOTHER_MS:
        return "earlier_version"
    if endpoint.state != "active":
        return "endpoint"
    return "next_attempt" if record.due_at_ms > at_ms and not record.claimed else None


def _instant(at_ms: int | None) -> str | None:
    return None if at_ms is None else instant(at_ms)
