"""Whatever is searched, and whatever the engine knows of its tables, no statement reads a whole account.

The rare leads of these tests are the oldest, where a walk from the newest gets last.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import apsw
import asyncpg
import pytest
from msgspec import structs

from lab.postgres import PostgresServer
from leadloop.core import ids
from leadloop.core.leads.model import Lead, blank_lead
from leadloop.core.leads.parts import Campaign, Ref, Tag, User
from leadloop.core.search.read import read
from leadloop.core.store import LeadQuery, Order
from leadloop.storage import finding, totals
from leadloop.storage.postgres.engine import LIST_SETTINGS
from leadloop.storage.postgres.finding import DIALECT as POSTGRES_DIALECT
from leadloop.storage.scripts import Documents, Statement
from leadloop.storage.sqlite.database import as_sqlite
from leadloop.storage.sqlite.finding import DIALECT as SQLITE_DIALECT
from tests.storage.conftest import new_postgres
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, SQLITE, Database, first_saved

LEADS, RARE = 6_000, 10
START_MS = 1_767_225_600_000
LIMITS = {"SCAN_LIMIT": 100, "MAX_SCAN": 1_000, "PROBED": 100, "FEW": 20}
"""Limits that are small in proportion to the account."""
MOST_ROWS, MOST_STEPS = 1_500, 40_000
"""Rows that PostgreSQL may read for one statement, and steps that SQLite may take: a quarter of the account's."""

SEARCHES = [
    *("rara", '"rara ana"', "name:rara", "email:rare.org", "p7@rare.org", '"p7@rare.org"', "phone:0007", "0007"),
    *("silva", "ana", "a", "name:silva", "@example.com", "-rara", "-name:rara", "has:email", "-has:product"),
    *("tag:rare", "tag:vip", "user:rare", "unit:rare", "campaign:rare", "external:x7", "-tag:rare", "tag:rare,none"),
    *("stage:LOST", "stage:NEW", "stage:LOST,other", "stage:NEW,ACTIVE", "-stage:LOST", "status:dnc", "source:google"),
    *("stage:NEW source:google", "source:website stage:LOST", "status:new,dnc stage:LOST"),
    *("value:7", "value<10", "value>1", "value>=5 value<8", "-value:7", "id:{id}", "{id}", "{id} rara"),
    *("created:2026-01-01T00:07Z", "created>2026-01-01", "created<2026-01-01T00:05Z", "-created:2026-01-01T00:07Z"),
    *("date:2026-01-01T00:07Z", "date>2026-01-01", "date<2026-01-01T00:05Z", "-date:2026-01-01T00:07Z"),
    *("rara silva", "silva tag:rare", "silva stage:LOST", "stage:NEW rara", "silva value:7", "stage:NEW value:7"),
    *("stage:LOST source:google tag:rare value<10 created<2026-01-02 -unit:other rara ana", "stage:LOST -silva"),
    *("unit:vip -has:user", "unit:vip -user:vip", "unit:vip,rare -tag:vip,rare stage:NEW", "silva -has:user"),
    *("silva date:2026-01-01T00:07Z", "silva created:2026-01-01T00:07Z", "silva ana stage:NEW,ACTIVE value>1"),
]
FILTERS: list[dict[str, Any]] = [
    {"stage": "LOST"},
    {"status": "dnc"},
    {"source": "GOOGLE"},
    {"owner_id": "rare"},
    {"unit_id": "rare"},
    {"tag_id": "rare"},
    {"tag_id": "nobody's"},
    {"campaign_ids": ("RARE", "none")},
    {"email_key": "p7@rare.org"},
    {"external_key": "x7"},
    {"stage": "NEW", "tag_id": "vip"},
    {"created_to_ms": START_MS + 5 * 60_000},
    {"lead_date_to_ms": START_MS + 5 * 60_000},
]
STATES = {
    "without statistics, with them, and with those of another account": [
        *("load", "query", "analyze", "query", "load other", "query other")
    ],
    "with statistics of empty tables": ["analyze", "load", "query"],
}
"""Steps on one database."""


def lead(account_id: str, n: int) -> Lead:
    at_ms, is_rare = START_MS + n * 60_000, n < RARE
    word = "rare" if is_rare else "vip"
    return structs.replace(
        blank_lead(account_id, ids.first_id(at_ms)[:-6] + f"{n:06x}", at_ms),
        version=1,
        name="Rara Ana Silva" if is_rare else "Ana Silva",
        email=f"p{n}@{'rare.org' if is_rare else 'example.com'}",
        phone=f"+1 212 555 {n:04}",
        stage="LOST" if is_rare else ("NEW", "ACTIVE")[n % 2],
        status="dnc" if is_rare else "new",
        source="GOOGLE" if is_rare else "WEBSITE",
        tags=[Tag(id=word, name=word)],
        owner=User(id=word),
        unit=Ref(id=word),
        campaign=Campaign(id=word.upper()),
        sale_value_micros=n * 1_000_000,
        client_lead_id=f"x{n}",
    )


async def load(database: Database, account_id: str) -> None:
    async with database.opened() as store:
        await store.leads.load([first_saved(lead(account_id, n))] for n in range(LEADS))


def queries(account_id: str) -> Iterator[tuple[str, LeadQuery]]:
    rare_id = lead(account_id, 7).id
    for order in Order:
        common: dict[str, Any] = {"account_id": account_id, "order": order, "limit": 11}
        for text in SEARCHES:
            search = read(text.format(id=rare_id), now_ms=0)
            yield f"{text} by {order}", LeadQuery(**common, search=search)
        for filters in FILTERS:
            yield f"{filters} by {order}", LeadQuery(**common, **filters)


@contextmanager
def small_limits() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in LIMITS.items():
            patched.setattr(finding, name, value)
        yield


def test_sqlite_takes_few_steps(sqlite: Database) -> None:
    """Without statistics of its tables, and with them."""
    asyncio.run(load(sqlite, ACCOUNT))
    line = apsw.Connection(sqlite.address)
    complaints: list[Any] = []
    steps = 0

    def count() -> bool:
        nonlocal steps
        steps += 100
        return False

    def answer(statement: Statement) -> list[Any]:
        nonlocal steps
        sql = as_sqlite(statement.sql)
        plan = [str(row[3]) for row in line.execute(f"EXPLAIN QUERY PLAN {sql}", statement.values)]
        tables = ("leads", "lead_places", "lead_terms", "l", "p", "t")
        assert not [step for step in plan for table in tables if step.split(" USING")[0] == f"SCAN {table}"], plan
        steps = 0
        rows = line.execute(sql, statement.values).fetchall()
        if steps > MOST_STEPS:
            complaints.append((query, steps, statement.sql, plan))
        return rows

    try:
        for has_statistics in (False, True):
            if has_statistics:
                line.execute("ANALYZE")
            line.set_progress_handler(count, 100)
            with small_limits():
                for _, query in queries(ACCOUNT):
                    play_all(query, answer)
                assert played(totals.stage_values(ACCOUNT, 9, SQLITE_DIALECT), answer) == ["active", "lost", "new"]
            line.set_progress_handler(None)
    finally:
        line.close()
    assert not complaints, "\n".join(map(str, complaints))


def play_all(query: LeadQuery, answer: Any) -> None:
    page = played(finding.page(query, SQLITE_DIALECT), answer)
    total = played(finding.count(query, SQLITE_DIALECT, 100), answer)
    assert min(total, 11) == len(page.docs), query
    if total < 100:
        sums = played(totals.stage_sums(query, SQLITE_DIALECT), answer)
        assert sum(stage_sum.leads for stage_sum in sums) == total, query


def played(steps: Generator[Statement, Any, Any], answer: Any) -> Any:
    try:
        statement = next(steps)
        while True:
            statement = steps.send(_read(statement, answer(statement)))
    except StopIteration as done:
        return done.value


@pytest.mark.parametrize("steps", STATES.values(), ids=STATES)
def test_postgres_reads_few_rows(postgres_server: PostgresServer, steps: list[str]) -> None:
    database = new_postgres(postgres_server, "postgres")

    async def run() -> None:
        complaints: list[Any] = []
        async with database.opened():
            pass
        line = await asyncpg.connect(database.address, server_settings=LIST_SETTINGS)
        try:
            for table in ("leads", "lead_words", "lead_terms"):
                await line.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
            for step in steps:
                account_id = OTHER_ACCOUNT if step.endswith("other") else ACCOUNT
                if step == "analyze":
                    await line.execute("ANALYZE")
                elif step.startswith("load"):
                    await load(database, account_id)
                else:
                    complaints.extend([complaint async for complaint in too_large_reads(line, account_id)])
        finally:
            await line.close()
        assert not complaints, "\n".join(map(str, complaints))

    asyncio.run(run())


async def too_large_reads(line: Any, account_id: str) -> AsyncIterator[tuple[Any, ...]]:
    with small_limits():
        for name, query in queries(account_id):
            results: list[Any] = []
            for statements in (finding.page(query, POSTGRES_DIALECT), finding.count(query, POSTGRES_DIALECT, 100)):
                async for complaint in explained(line, statements, results):
                    yield name, *complaint
            if results[-1] < 100:
                async for complaint in explained(line, totals.stage_sums(query, POSTGRES_DIALECT), results):
                    yield name, *complaint
        async for complaint in explained(line, totals.stage_values(account_id, 9, POSTGRES_DIALECT), []):
            yield "stages", *complaint


async def explained(
    line: Any, steps: Generator[Statement, Any, Any], results: list[Any]
) -> AsyncIterator[tuple[Any, ...]]:
    """Yields the statements that read too many rows, with their plans. Adds the result of all to `results`."""
    try:
        statement = next(steps)
        while True:
            values = ", ".join(map(str, _quoted(statement)))
            await line.execute(f"PREPARE asked AS {statement.sql}")
            explanation = await line.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE asked ({values})")
            await line.execute("DEALLOCATE asked")
            plan = json.loads(explanation)[0]["Plan"]
            if rows_read(plan) > MOST_ROWS:
                yield rows_read(plan), statement.sql, json.dumps(plan, indent=1)
            statement = steps.send(_read(statement, await line.fetch(statement.sql, *statement.values)))
    except StopIteration as done:
        results.append(done.value)


def _read(statement: Statement, rows: list[Any]) -> list[Any] | Documents:
    return Documents(rows, is_cut=False) if statement.reads_documents else rows


def _quoted(statement: Statement) -> list[Any]:
    return ["'" + value.replace("'", "''") + "'" if isinstance(value, str) else value for value in statement.values]


def rows_read(plan: dict[str, Any]) -> int:
    """Rows read from tables and indexes, including those that were discarded."""
    own = 0
    if "Scan" in plan["Node Type"] and ("Relation Name" in plan or "Index Name" in plan):
        kinds = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
        own = int(sum(plan.get(kind, 0) for kind in kinds) * plan["Actual Loops"])
    return own + sum(rows_read(part) for part in plan.get("Plans", ()))


def test_the_limits_are_those_of_the_planner() -> None:
    assert all(hasattr(finding, name) for name in LIMITS)
    assert SQLITE_DIALECT.sql.keys() == POSTGRES_DIALECT.sql.keys(), SQLITE
