"""What searching costs: each kind of clause alone and some together, what they find, and the plans by which."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from bench.contenders.leadloop import Leadloop
from bench.leads import ACCOUNT, END_MS
from bench.lines import Line
from bench.stats import spread
from leadloop.core.search.read import read
from leadloop.core.store import LeadQuery, Order
from leadloop.storage import finding
from leadloop.storage.finding import SqlDialect
from leadloop.storage.scripts import Documents, Statement

SEARCHES = (
    ("a rare word", '"{n}"'),
    ("a word that nearly all have", "lead"),
    ("the beginning of one", "le"),
    ("words next to each other", '"lead {n}"'),
    ("an e-mail", "lead.{n}@example.org"),
    ("a domain that nearly all have", "@example.org"),
    ("a phone, without country and ninth digit", "11 {phone}"),
    ("a lead's id", "{id}"),
    ("a stage that many have", "stage:NEW"),
    ("a stage that nobody has", "stage:nothing"),
    ("a status that few have", "status:dnc"),
    ("a source", "source:GOOGLE"),
    ("a tag", "tag:cliente"),
    ("a tag that nobody has", "tag:nothing"),
    ("a user", 'user:"Amanda Torres"'),
    ("a campaign", "utm_source:facebook"),
    ("what has a product", "has:product"),
    ("a large value", "value>100000"),
    ("any value", "value>0"),
    ("a day", "date:2025-05-14"),
    ("the first hours", "created<2025-01-01T12:00Z"),
    ("what is left out", "-stage:NEW"),
    ("a rare thing left out", "-tag:nothing"),
    ("a common word and a rare stage", "lead status:dnc"),
    ("two common things", "source:GOOGLE tag:cliente"),
    ("two that no lead has both", "stage:NEW tag:cliente"),
    ("seven at once", "stage:ACTIVE source:GOOGLE has:phone value>1000 created>=2025-03-01 -unit:Centro lead"),
)
PAGE = 50
YEAR = "from=2025-01-01&to=2026-01-01"
FREE = (
    ("all measures of the year", f"insights?{YEAR}"),
    ("leads and sales by user", f"insights?{YEAR}&groupBy=user&measures=leads,sales,value"),
    ("all measures by tag and week", f"insights?{YEAR}&groupBy=tag,week"),
    ("the funnel of one source", f"insights/funnel?{YEAR}&source=GOOGLE"),
)
"""Free Insights, which read every lead of their period."""


class Searched(Struct, frozen=True):
    """One search at one size. `total` is counted up to 10,000."""

    engine: str
    leads: int
    about: str
    search: str
    total: int
    page_ms: list[float]
    """Over HTTP: page 1 with its count."""
    plans: list[str]


def searched(
    engine: str, size: int, line: Line, leadloop: Leadloop, dialect: SqlDialect, rounds: int
) -> Iterator[Searched]:
    n = size * 2 // 3
    lead_id = line.rows(f"SELECT id FROM leads WHERE account_id = '{ACCOUNT}' AND deleted_at_ms IS NULL LIMIT 1")[0][0]
    for about, text in SEARCHES:
        search = text.format(n=n, phone=f"{n:08}", id=lead_id)
        total = 0

        def ask(search: str = search) -> None:
            nonlocal total
            total = leadloop.ask("GET", f"lead?{urlencode({'pageSize': PAGE, 'search': search})}")["total"]

        ask()
        page_ms = [_ms(ask) for _ in range(rounds)]
        query = LeadQuery(account_id=ACCOUNT, order=Order.LEAD_DATE, limit=PAGE + 1, search=read(search, now_ms=END_MS))
        plans = _plans(line, finding.page(query, dialect)) + _plans(line, finding.count(query, dialect, 10_000))
        yield Searched(engine, size, about, search, total, page_ms, plans)


def free(engine: str, size: int, leadloop: Leadloop, rounds: int) -> Iterator[Searched]:
    for about, path in FREE:
        total = 0

        def ask(path: str = path) -> None:
            nonlocal total
            data = leadloop.manage("GET", path)["data"]
            total = data["leads"] if "leads" in data else data["total"]["leads"]

        page_ms = [_ms(ask) for _ in range(rounds)]
        yield Searched(engine, size, about, path, total, page_ms, [])


def _plans(line: Line, steps: Generator[Statement, Sequence[Any], Any]) -> list[str]:
    found = []
    try:
        statement = next(steps)
        while True:
            found.append(line.plan(statement.sql, statement.values))
            rows = line.rows(statement.sql, *statement.values)
            statement = steps.send(Documents(rows, is_cut=False) if statement.reads_documents else rows)
    except StopIteration:
        return found


def _ms(ask: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    ask()
    return (time.perf_counter() - began_s) * 1_000


def row(found: Searched) -> str:
    total = f"{found.total:,}" + ("+" if found.total >= 10_000 else "")
    ms = spread(found.page_ms)
    return f"| {found.about} | `{found.search}` | {total} | {ms.median:,.1f} ({ms.least:,.1f}–{ms.most:,.1f}) |"


def tables(found: Sequence[Searched]) -> str:
    """A table for each engine and size, and below it the plans."""
    parts = []
    for engine, leads in dict.fromkeys((one.engine, one.leads) for one in found):
        own = [one for one in found if (one.engine, one.leads) == (engine, leads)]
        heads = ["|  | search | finds | page 1 with its count, ms (least–most) |", "| --- | --- | ---: | ---: |"]
        parts.append("\n".join([f"### {engine}, {leads:,} leads", "", *heads, *map(row, own)]))
        lines = [line for one in own for line in (f"{one.search}", *(f"    {plan}" for plan in one.plans))]
        parts.append("\n".join(["```text", *lines, "```"]))
    return "\n\n".join(parts)
