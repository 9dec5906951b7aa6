"""Rows of the webhook tables to structs and back, one function each. A row has the order of its SELECT."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import structs

from leadloop.webhooks.endpoints import Delivery, Endpoint
from leadloop.webhooks.health import Health
from leadloop.webhooks.ports import AttemptRecord, Claimed, Finished, Stored
from leadloop.webhooks.sign import Secret

_ENCODE = msgspec.json.Encoder().encode
_ENDPOINT = msgspec.json.Decoder(Endpoint).decode
_HEALTH = msgspec.json.Decoder(Health).decode
_SECRETS = msgspec.json.Decoder(list[Secret]).decode
_WELL = Health()


def endpoint(row: Iterable[Any]) -> Stored:
    doc, health, secrets = row
    return Stored(structs.replace(_ENDPOINT(doc), health=_HEALTH(health)), _SECRETS(secrets))


def endpoint_row(stored: Stored) -> tuple[Any, ...]:
    found = stored.endpoint
    health, secrets = health_json(found.health), secrets_json(stored.secrets)
    return found.account_id, found.id, found.created_at_ms, endpoint_json(found), health, secrets


def endpoint_json(endpoint: Endpoint) -> str:
    """Without its health, which has a column of its own."""
    return _ENCODE(structs.replace(endpoint, health=_WELL)).decode()


def secrets_json(secrets: list[Secret]) -> str:
    return _ENCODE(secrets).decode()


def health_json(health: Health) -> str:
    return _ENCODE(health).decode()


def claimed(row: Iterable[Any], token: str) -> Claimed:
    account_id, endpoint_id, lead_id, version, event, attempts, cause, created_at_ms = row
    delivery = Delivery(
        account_id=account_id,
        endpoint_id=endpoint_id,
        lead_id=lead_id,
        version=version,
        event=event,
        at_ms=created_at_ms,
    )
    return Claimed(delivery, attempts, cause, token)


def attempt(row: Iterable[Any]) -> AttemptRecord:
    n, cause, at_ms, duration_ms, status, error, address, answer, next_at_ms = row
    return AttemptRecord(
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


def delivery_key(finished: Finished) -> tuple[str, str, str, int]:
    delivery = finished.claimed.delivery
    return delivery.account_id, delivery.endpoint_id, delivery.lead_id, delivery.version


def next_cause(finished: Finished) -> str:
    """Why it will be attempted the next time."""
    return "retry" if finished.state == "pending" else finished.claimed.trigger
