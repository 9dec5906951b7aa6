"""Measures searches: each kind of clause alone and in combination, with the number of hits and the query plans."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from bench.connections import Connection
from bench.contenders.leadloop import Leadloop
from bench.leads import ACCOUNT, END_MS
from bench.stats import spread
from leadloop.core.search.read import read
from leadloop.core.store import LeadQuery, Order
from leadloop.storage import finding
from leadloop.storage.finding import SqlDialect
from leadloop.storage.scripts import Documents, Statement

SEARCHES = (
    ("a rare word", '"{n}"'),
    ("a word in nearly every lead", "lead"),
    ("a prefix of two letters", "le"),
    ("words next to each other", '"lead {n}"'),
    ("an e-mail", "lead.{n}@example.org"),
    ("the e-mail domain of nearly every lead", "@example.org"),
    ("a phone, without country code and ninth digit", "11 {phone}"),
    ("a lead's id", "{id}"),
    ("a stage", "stage:NEW"),
    ("a stage that no lead has", "stage:nothing"),
    ("a rare status", "status:dnc"),
    ("a source", "source:GOOGLE"),
    ("a tag", "tag:cliente"),
    ("a tag that no lead has", "tag:nothing"),
    ("a user", 'user:"Amanda Torres"'),
    ("a campaign", "utm_source:facebook"),
    ("leads with a product", "has:product"),
    ("a large value", "value>100000"),
    ("a value above zero", "value>0"),
    ("the leads of one day", "date:2025-05-14"),
    ("leads created in the first hours", "created<2025-01-01T12:00Z"),
    ("all leads except those of one stage", "-stage:NEW"),
    ("all leads except those with an unused tag", "-tag:nothing"),
    ("a common word and a rare status", "lead status:dnc"),
    ("two common criteria", "source:GOOGLE tag:cliente"),
    ("two criteria that no lead meets together", "stage:NEW tag:cliente"),
    ("seven criteria", "stage:ACTIVE source:GOOGLE has:phone value>1000 created>=2025-03-01 -unit:Centro lead"),
)
PAGE = 50
YEAR = "from=2025-01-01&to=2026-01-01"
FREE = (
    ("all measures of the year", f"insights?{YEAR}"),
    ("leads and sales by user", f"insights?{YEAR}&groupBy=user&measures=leads,sales,value"),
    ("all measures by tag and week", f"insights?{YEAR}&groupBy=tag,week"),
    ("the funnel of one source", f"insights/funnel?{YEAR}&source=GOOGLE"),
)
"""Free Insights queries, which read every lead of their period."""


class SearchResult(Struct, frozen=True):
    """The result of one search at one size. `total` is counted up to 10,000."""

    engine: str
    leads: int
    about: str
    search: str
    total: int
    page_ms: list[float]
    """Milliseconds of page 1 with its count, over HTTP."""
    plans: list[str]


def measure_searches(
    engine: str, size: int, connection: Connection, leadloop: Leadloop, dialect: SqlDialect, rounds: int
) -> Iterator[SearchResult]:
    n = size * 2 // 3
    lead_id = connection.rows(f"SELECT id FROM leads WHERE account_id = '{ACCOUNT}' AND deleted_at_ms IS NULL LIMIT 1")[
        0
    ][0]
    for about, text in SEARCHES:
        search = text.format(n=n, phone=f"{n:08}", id=lead_id)
        total = 0

        def search_once(search: str = search) -> None:
            nonlocal total
            total = leadloop.ask("GET", f"lead?{urlencode({'pageSize': PAGE, 'search': search})}")["total"]

        search_once()
        page_ms = [_ms(search_once) for _ in range(rounds)]
        query = LeadQuery(account_id=ACCOUNT, order=Order.LEAD_DATE, limit=PAGE + 1, search=read(search, now_ms=END_MS))
        plans = _plans(connection, finding.page(query, dialect)) + _plans(
            connection, finding.count(query, dialect, 10_000)
        )
        yield SearchResult(engine, size, about, search, total, page_ms, plans)


def measure_insights(engine: str, size: int, leadloop: Leadloop, rounds: int) -> Iterator[SearchResult]:
    for about, path in FREE:
        total = 0

        def query_once(path: str = path) -> None:
            nonlocal total
            data = leadloop.manage("GET", path)["data"]
            total = data["leads"] if "leads" in data else data["total"]["leads"]

        page_ms = [_ms(query_once) for _ in range(rounds)]
        yield SearchResult(engine, size, about, path, total, page_ms, [])


def _plans(connection: Connection, steps: Generator[Statement, Sequence[Any], Any]) -> list[str]:
    plans = []
    try:
        statement = next(steps)
        while True:
            plans.append(connection.plan(statement.sql, statement.values))
            rows = connection.rows(statement.sql, *statement.values)
            statement = steps.send(Documents(rows, is_cut=False) if statement.reads_documents else rows)
    except StopIteration:
        return plans


def _ms(query: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    query()
    return (time.perf_counter() - began_s) * 1_000


def row(result: SearchResult) -> str:
    total = f"{result.total:,}" + ("+" if result.total >= 10_000 else "")
    ms = spread(result.page_ms)
    return f"| {result.about} | `{result.search}` | {total} | {ms.median:,.1f} ({ms.least:,.1f}–{ms.most:,.1f}) |"


def tables(results: Sequence[SearchResult]) -> str:
    """A table for each engine and size, with the plans below it."""
    parts = []
    for engine, leads in dict.fromkeys((result.engine, result.leads) for result in results):
        own = [result for result in results if (result.engine, result.leads) == (engine, leads)]
        heads = ["|  | search | finds | page 1 with its count, ms (least–most) |", "| --- | --- | ---: | ---: |"]
        parts.append("\n".join([f"### {engine}, {leads:,} leads", "", *heads, *map(row, own)]))
        lines = [line for result in own for line in (f"{result.search}", *(f"    {plan}" for plan in result.plans))]
        parts.append("\n".join(["```text", *lines, "```"]))
    return "\n\n".join(parts)
