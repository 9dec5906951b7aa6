"""What must hold of a database that comes back after a power cut."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import apsw
from msgspec import structs

from lab.load_checks import Stored, inconsistencies, read_stored
from leadloop.core.errors import DatabaseDamaged, ForeignLog, Unavailable
from leadloop.core.leads.doc import decode
from leadloop.derived.columns import Columns, columns
from leadloop.storage.sqlite import SqliteStore
from proof.power_load import ACCOUNT, Ledger, Sent, has_key

LEADS = f"SELECT account_id, id, version, {', '.join(Columns.__struct_fields__)}, doc FROM leads"


class Findings:
    """Why the database is not what it should be. Nothing in any of the lists: it is."""

    def __init__(self) -> None:
        self.damaged: list[str] = []
        """SQLite itself says so, or cannot read it."""
        self.lost: list[str] = []
        """Acknowledged, or read before, and gone or different."""
        self.torn: list[str] = []
        """Half a change, half a group, or a lead that its records do not make."""
        self.unanswered = ""
        """What became of the group that the power went out in, if there was one: "kept" or "gone"."""

    @property
    def all(self) -> list[str]:
        return self.damaged + self.lost + self.torn


async def judge(path: Path, ledger: Ledger) -> Findings:
    """Opens it as the server does, through SQLite's own way to the disk. The ledger then knows what was found."""
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
    ledger.group.clear()
    return findings


def _damage(path: Path) -> list[str]:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        said = [str(row) for (row,) in connection.execute("PRAGMA integrity_check")]
        return [] if said == ["ok"] else [f"integrity_check: {', '.join(said[0].splitlines()[:3])}"]
    finally:
        connection.close()


async def _judge_content(store: SqliteStore, path: Path, ledger: Ledger, findings: Findings) -> None:
    if ledger.filed and await store.accounts.get(ACCOUNT.id) != ACCOUNT:
        findings.lost.append("the account is lost")
    found = await read_stored(store, ACCOUNT.id)
    findings.lost += _lost(found, ledger)
    findings.torn += inconsistencies(found)
    _judge_group(found, ledger.group, findings)
    findings.torn += await asyncio.to_thread(_half_a_change, path, found)
    ledger.feed = found.feed
    ledger.leads = sorted(found.leads)


def _lost(found: Stored, ledger: Ledger) -> Iterator[str]:
    known = ledger.feed
    if found.feed[: len(known)] != known:
        yield f"of {len(known)} records that were read before, {len(found.feed)} are there, or they differ"
    records = {(record.lead_id, record.version): record for record in found.feed}
    for sent, version in ledger.acks:
        record = records.get((sent.lead_id, version))
        if record is None or record.request_id != sent.request_id:
            yield f"{sent.request_id}, acknowledged as version {version} of {sent.lead_id}, is lost"
        elif sent.field and not any(_is(change.field, change.after, sent) for change in record.fields):
            yield f"{sent.request_id}, acknowledged as version {version} of {sent.lead_id}, has another {sent.field}"


def _is(field: str, after: object, sent: Sent) -> bool:
    return field == sent.field and (sent.value is None or after == sent.value)


def _judge_group(found: Stored, group: list[Sent], findings: Findings) -> None:
    """A transaction that nobody was told of is there as a whole or not at all."""
    if not group:
        return
    records = {(record.request_id, record.lead_id) for record in found.feed}
    there = sum((sent.request_id, sent.lead_id) in records for sent in group)
    if there in (0, len(group)):
        findings.unanswered = "kept" if there else "gone"
    else:
        findings.torn.append(f"{there} of the {len(group)} changes of one transaction are there")


def _half_a_change(path: Path, found: Stored) -> list[str]:
    """What the store keeps beside leads and records, and writes along with them: columns, feed counter, messages, the
    answers to requests with keys."""
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
        if feed != len(found.feed):
            problems.append(f"the feed is at {feed}, its records are {len(found.feed)}")
        kept = {key for (key,) in connection.execute("SELECT key FROM idempotency")}
        if kept != (wanted := {record.request_id for record in found.feed if has_key(record.request_id)}):
            problems.append(f"{len(kept - wanted)} answers are kept without a change, {len(wanted - kept)} are missing")
        messages = set(connection.execute("SELECT lead_id, id FROM messages"))
        if messages != _said(found):
            problems.append(f"there are {len(messages)} messages, the records tell of {len(_said(found))}")
        return problems
    finally:
        connection.close()


def _said(found: Stored) -> set[tuple[str, str]]:
    return {
        (record.lead_id, change.field.split("/")[2])
        for record in found.feed
        for change in record.fields
        if change.field.startswith("/messages/")
    }
