"""Checks a database that is reopened after a power cut."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import apsw
from msgspec import structs

from lab.load_checks import AccountContent, inconsistencies, read_content
from leadloop.core.errors import DatabaseDamaged, ForeignLog, Unavailable
from leadloop.core.leads.doc import decode
from leadloop.derived.columns import Columns, columns
from leadloop.storage.sqlite import SqliteStore
from proof.power_load import ACCOUNT, Ledger, SentRequest, has_key

LEADS = f"SELECT account_id, id, version, {', '.join(Columns.__struct_fields__)}, doc FROM leads"


class Findings:
    """The violations. The database is sound if all lists are empty."""

    def __init__(self) -> None:
        self.damaged: list[str] = []
        """Reported by SQLite, or files that it cannot read."""
        self.lost: list[str] = []
        """Changes that were acknowledged, or read before, and are missing or different."""
        self.torn: list[str] = []
        """Partial changes, partial batches, and leads that are not the fold of their records."""
        self.unanswered = ""
        """The fate of the batch in progress at the cut, if any: "committed" or "rolled back"."""

    @property
    def all(self) -> list[str]:
        return self.damaged + self.lost + self.torn


async def judge(path: Path, ledger: Ledger) -> Findings:
    """Opens the database as the server does, with SQLite's own VFS, and resets the ledger to its content."""
    findings = Findings()
    store = SqliteStore(path)
    try:
        await store.open()
        try:
            findings.damaged += _damage(path)
            if (await store.health()).problem is not None:
                findings.lost += ["the migrated schema is lost"] if ledger.migrated else []
            else:
                await _judge_content(store, path, ledger, findings)
        finally:
            await store.close()
    except (apsw.Error, DatabaseDamaged, ForeignLog, Unavailable, ValueError) as error:
        findings.damaged.append(f"{type(error).__name__}: {error}")
    ledger.acks.clear()
    ledger.batch.clear()
    return findings


def _damage(path: Path) -> list[str]:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        messages = [str(row) for (row,) in connection.execute("PRAGMA integrity_check")]
        return [] if messages == ["ok"] else [f"integrity_check: {', '.join(messages[0].splitlines()[:3])}"]
    finally:
        connection.close()


async def _judge_content(store: SqliteStore, path: Path, ledger: Ledger, findings: Findings) -> None:
    if ledger.account_added and await store.accounts.get(ACCOUNT.id) != ACCOUNT:
        findings.lost.append("the account is lost")
    stored = await read_content(store, ACCOUNT.id)
    findings.lost += _find_lost(stored, ledger)
    findings.torn += inconsistencies(stored)
    _judge_batch(stored, ledger.batch, findings)
    findings.torn += await asyncio.to_thread(_partial_changes, path, stored)
    ledger.feed = stored.feed
    ledger.leads = sorted(stored.leads)


def _find_lost(stored: AccountContent, ledger: Ledger) -> Iterator[str]:
    earlier = ledger.feed
    if stored.feed[: len(earlier)] != earlier:
        yield f"of {len(earlier)} records read before, {len(stored.feed)} are stored, or they differ"
    records = {(record.lead_id, record.version): record for record in stored.feed}
    for sent, version in ledger.acks:
        record = records.get((sent.lead_id, version))
        if record is None or record.request_id != sent.request_id:
            yield f"{sent.request_id}, acknowledged as version {version} of {sent.lead_id}, is lost"
        elif sent.field and not any(_sets(change.field, change.after, sent) for change in record.fields):
            yield f"{sent.request_id}, acknowledged as version {version} of {sent.lead_id}, has another {sent.field}"


def _sets(field: str, after: object, sent: SentRequest) -> bool:
    return field == sent.field and (sent.value is None or after == sent.value)


def _judge_batch(stored: AccountContent, batch: list[SentRequest], findings: Findings) -> None:
    """An unanswered transaction is either stored as a whole or not at all."""
    if not batch:
        return
    records = {(record.request_id, record.lead_id) for record in stored.feed}
    present = sum((sent.request_id, sent.lead_id) in records for sent in batch)
    if present in (0, len(batch)):
        findings.unanswered = "committed" if present else "rolled back"
    else:
        findings.torn.append(f"{present} of the {len(batch)} changes of one transaction are stored")


def _partial_changes(path: Path, stored: AccountContent) -> list[str]:
    """Checks what the store writes along with leads and records: columns, feed counter, messages, and the answers to
    requests with keys."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        problems = []
        for account_id, lead_id, version, *row in connection.execute(LEADS):
            lead = decode(row.pop())
            if (lead.account_id, lead.id, lead.version, structs.astuple(columns(lead))) != (
                *(account_id, lead_id, version),
                tuple(row),
            ):
                problems.append(f"the columns of lead {lead_id} are not those of its document")
        feed = connection.execute("SELECT position FROM feeds").get or 0
        if feed != len(stored.feed):
            problems.append(f"the feed is at {feed} and has {len(stored.feed)} records")
        answered = {key for (key,) in connection.execute("SELECT key FROM idempotency")}
        if answered != (expected := {record.request_id for record in stored.feed if has_key(record.request_id)}):
            problems.append(
                f"{len(answered - expected)} answers have no change, {len(expected - answered)} are missing"
            )
        messages = set(connection.execute("SELECT lead_id, id FROM messages"))
        if messages != _messages_of(stored):
            problems.append(f"there are {len(messages)} messages, the records have {len(_messages_of(stored))}")
        return problems
    finally:
        connection.close()


def _messages_of(stored: AccountContent) -> set[tuple[str, str]]:
    return {
        (record.lead_id, change.field.split("/")[2])
        for record in stored.feed
        for change in record.fields
        if change.field.startswith("/messages/")
    }
