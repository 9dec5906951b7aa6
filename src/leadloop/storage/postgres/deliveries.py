"""Deliveries: claimed by who sends them, finished by who holds the claim. The group writer files them."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import structs

from leadloop.storage import webhook_rows as rows
from leadloop.storage.postgres.engine import Connection, transaction
from leadloop.storage.rows import as_json
from leadloop.storage.sql import statements
from leadloop.webhooks.ports import (
    AFTER_ANOTHER_MS,
    AttemptRecord,
    Claim,
    ClaimRequest,
    CompletedAttempt,
    DeliveryRecord,
    FinishResult,
    PagePosition,
    Trigger,
)
from leadloop.webhooks.routing import QueuedDelivery

SQL = statements(__file__)


async def claim(
    connection: Connection, wanted: Sequence[ClaimRequest], token: str, now_ms: int, until_ms: int
) -> list[Claim]:
    accounts, endpoints, most, early = zip(*wanted, strict=True)
    asked = accounts, endpoints, most, now_ms, until_ms, token, early, AFTER_ANOTHER_MS
    return [rows.claimed(record, token) for record in await connection.fetch(SQL["claim"], *asked)]


async def finish(connection: Connection, finished: Sequence[CompletedAttempt], at_ms: int) -> FinishResult:
    """Waking the next ones is a statement of its own: it sees what was filed while the first one waited."""
    async with transaction(connection):
        ours = await connection.fetch(SQL["finish"], as_json(finished_rows(finished)), at_ms)
        return FinishResult(len(ours), await _wake_next(connection, ended(finished, ours), at_ms))


def finished_rows(finished: Sequence[CompletedAttempt]) -> list[dict[str, Any]]:
    """In the order of their keys, so that two workers do not wait for each other crosswise."""
    return [_told(one) for one in sorted(finished, key=rows.delivery_key)]


def ended(finished: Sequence[CompletedAttempt], ours: Sequence[Any]) -> list[tuple[str, str, str, int]]:
    """The keys of those of `ours` that will not be attempted again."""
    over = {rows.delivery_key(one) for one in finished if one.state != "pending"}
    return sorted({tuple(record) for record in ours} & over)


async def _wake_next(
    connection: Connection, ended: Sequence[tuple[str, str, str, int]], at_ms: int
) -> set[tuple[str, str]]:
    if not ended:
        return set()
    woken = await connection.fetch(SQL["wake_next"], *zip(*ended, strict=True), at_ms, AFTER_ANOTHER_MS)
    return {(account_id, endpoint_id) for account_id, endpoint_id in woken}


async def wake_next(
    connection: Connection, account_id: str, ended: Sequence[tuple[str, str, str, int]], at_ms: int
) -> set[tuple[str, str]]:
    """For what has ended of one account."""
    if not ended:
        return set()
    _, *columns = zip(*ended, strict=True)
    asked = account_id, *columns, at_ms, AFTER_ANOTHER_MS
    woken = await connection.fetch(SQL["wake_next_of_account"], *asked)
    return {(account_id, endpoint_id) for account_id, endpoint_id in woken}


def _told(one: CompletedAttempt) -> dict[str, Any]:
    account_id, endpoint_id, lead_id, version = rows.delivery_key(one)
    made = {} if one.attempt is None else structs.asdict(one.attempt)
    return {
        **made,
        "account_id": account_id,
        "endpoint_id": endpoint_id,
        "lead_id": lead_id,
        "version": version,
        "token": one.claimed.token,
        "state": one.state,
        "attempts": one.attempts,
        "due_at_ms": one.due_at_ms,
        "cause": rows.next_cause(one),
    }


async def queue_again(connection: Connection, again: Sequence[QueuedDelivery], trigger: Trigger, at_ms: int) -> int:
    async with transaction(connection):
        return await _file_again(connection, again, trigger, at_ms)


async def _file_again(connection: Connection, again: Sequence[QueuedDelivery], trigger: Trigger, at_ms: int) -> int:
    """What is unfinished is held until the end, or who finishes it would not see that another waits for it."""
    if not again:
        return 0
    account_id, endpoint_id = again[0].delivery.account_id, again[0].delivery.endpoint_id
    leads = sorted({filed.delivery.lead_id for filed in again})
    unfinished = await connection.fetch(SQL["lock_unfinished"], account_id, endpoint_id, leads)
    told = [row._asdict() for row in rows.refiled(again, [(lead, version) for lead, version in unfinished], at_ms)]
    asked = account_id, endpoint_id, msgspec.json.encode(told).decode(), trigger
    return len(await connection.fetch(SQL["file_again"], *asked))


async def recover(
    connection: Connection, account_id: str, endpoint_id: str, since_ms: int, at_ms: int, most: int, *, in_turn: bool
) -> int:
    async with transaction(connection):
        failed = await connection.fetch(SQL["lock_failed"], account_id, endpoint_id, since_ms, most)
        again = [QueuedDelivery(rows.delivery(account_id, endpoint_id, record), in_turn) for record in failed]
        await _file_again(connection, again, "recover", at_ms)
        await connection.execute(SQL["hasten"], account_id, endpoint_id, since_ms, at_ms, AFTER_ANOTHER_MS)
    return len(failed)


async def listed(
    connection: Connection,
    account_id: str,
    endpoint_id: str,
    before: PagePosition | None,
    limit: int,
    *,
    failed: bool = False,
) -> list[DeliveryRecord]:
    at_ms, lead_id, version, _ = before or rows.END
    sql = SQL["list_failed" if failed else "list_deliveries"]
    found = await connection.fetch(sql, account_id, endpoint_id, at_ms, lead_id, version, limit)
    return [rows.delivery_record(account_id, endpoint_id, record) for record in found]


async def listed_at(connection: Connection, account_id: str, endpoint_id: str, at_ms: int) -> list[DeliveryRecord]:
    found = await connection.fetch(SQL["list_deliveries_at"], account_id, endpoint_id, at_ms)
    return [rows.delivery_record(account_id, endpoint_id, record) for record in found]


async def attempts(
    connection: Connection, account_id: str, endpoint_id: str, before: PagePosition | None, limit: int
) -> list[AttemptRecord]:
    found = await connection.fetch(SQL["list_attempts"], account_id, endpoint_id, *(before or rows.END), limit)
    return [rows.attempt(record) for record in found]


async def purge(connection: Connection, now_ms: int, most: int) -> int:
    dropped = 0
    for record in await connection.fetch(SQL["list_tidied"]):
        if dropped < most:
            dropped += await _purge(connection, rows.tidied(record, now_ms), now_ms, most - dropped)
    return dropped


async def _purge(connection: Connection, one: rows.Tidied, now_ms: int, most: int) -> int:
    about = one.account_id, one.endpoint_id
    dropped = _count(await connection.execute(SQL["drop_attempts"], *about, one.attempts_before_ms, most))
    if one.finished_before_ms:
        dropped += _count(await connection.execute(SQL["drop_finished"], *about, one.finished_before_ms, most))
    if one.held_before_ms:
        async with transaction(connection):
            held = await connection.fetch(SQL["drop_held"], *about, one.held_before_ms, most)
            await wake_next(connection, one.account_id, [tuple(record) for record in held], now_ms)
        dropped += len(held)
    if one.forgotten and not dropped:
        await connection.execute(SQL["forget_leftover"], *about)
    return dropped


def _count(done: str) -> int:
    """How many rows a statement changed: the last word of its tag."""
    return int(done.rpartition(" ")[2])
