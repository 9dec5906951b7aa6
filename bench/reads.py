"""`bench/reads`: what a month's Insights cost beside the least that any database must do for them, and searches.

The month has the same leads at every size; only the other months grow. Each round asks, one after the other: how many
leads the month has (`count(*)`), how many of each stage (a covering index on account, date and stage, made for this),
and the six arrays, over HTTP from `leadloop serve`. Then come the searches, with their plans, and free Insights of the
whole year.
"""

import argparse
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from bench.contenders.contender import Setting
from bench.contenders.leadloop import Leadloop, LeadloopPostgres, LeadloopSqlite
from bench.leads import ACCOUNT, histories
from bench.lines import Line, PostgresLine, SqliteLine
from bench.options import sizes
from bench.results import save
from bench.searches import Searched, free, searched, tables
from bench.stats import Spread, ratios, spread
from lab import stores
from lab.report import heading, row
from leadloop.core.writes.unit import History
from leadloop.storage.finding import SqlDialect
from leadloop.storage.postgres.finding import DIALECT as POSTGRES
from leadloop.storage.sqlite.finding import DIALECT as SQLITE

ENGINES: dict[str, tuple[type[Leadloop], type[Line], SqlDialect]] = {
    "sqlite": (LeadloopSqlite, SqliteLine, SQLITE),
    "postgres": (LeadloopPostgres, PostgresLine, POSTGRES),
}
MONTH = datetime(2025, 5, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC)
FROM_MS, TO_MS = (int(moment.timestamp()) * 1_000 for moment in MONTH)
ROWS = (
    f"FROM leads WHERE account_id = '{ACCOUNT}' AND deleted_at_ms IS NULL"
    f" AND lead_date_ms >= {FROM_MS} AND lead_date_ms < {TO_MS}"
)
COUNT = f"SELECT count(*) {ROWS}"
GROUP = f"SELECT stage, count(*) {ROWS} GROUP BY stage"
COVERING = "CREATE INDEX bench_by_stage ON leads (account_id, lead_date_ms, stage) WHERE deleted_at_ms IS NULL"
ARRAYS = "insights?" + "&".join(
    f"{name}={at:%Y-%m-%dT%H:%M:%SZ}" for name, at in zip(("from", "to"), MONTH, strict=True)
)
MOST_TIMES = 8.0


class Measured(Struct, frozen=True):
    """Milliseconds, one of each a round."""

    engine: str
    leads: int
    month: int
    """How many leads the month has."""
    count_ms: list[float]
    group_ms: list[float]
    arrays_ms: list[float]


class Results(Struct, frozen=True):
    command: str
    measured: list[Measured]
    searched: list[Searched]


class Options(NamedTuple):
    engines: list[str]
    sizes: list[int]
    rounds: int
    name: str


def main() -> int:
    options = _options()
    results = Results(shlex.join(["bench/reads", *sys.argv[1:]]), [], [])
    for engine in options.engines:
        with tempfile.TemporaryDirectory(prefix="leadloop-reads-") as directory:
            os.chmod(directory, 0o755)
            for found in _measure(engine, Path(directory), options):
                if isinstance(found, Searched):
                    results.searched.append(found)
                else:
                    print(_line(found), flush=True)
                    results.measured.append(found)
    save(options.name, results, markdown(results))
    return 0


def _options() -> Options:
    parser = argparse.ArgumentParser("bench/reads", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument(
        "--sizes", type=sizes, default=[100_000, 400_000], metavar="N,N…", help="numbers of leads, growing"
    )
    parser.add_argument("--rounds", type=int, default=15, help="of each size (15)")
    parser.add_argument("--name", default="reads", help="of the file in bench/results (reads)")
    return Options(**vars(parser.parse_args()))


def _measure(engine: str, directory: Path, options: Options) -> Iterator[Measured | Searched]:
    contender, line_of, speech = ENGINES[engine]
    first = options.sizes[0]
    leadloop = contender(Setting(directory, 1, first))
    with ExitStack() as running:
        running.callback(leadloop.stop)
        leadloop.start()
        line = line_of(leadloop.database)
        running.callback(line.close)
        line.execute(COVERING)
        for before, size in zip([0, *options.sizes], options.sizes, strict=False):
            if before:
                _grow(leadloop.database, before, size)
            line.settle()
            yield _rounds(engine, size, line, leadloop, options.rounds)
            yield from searched(engine, size, line, leadloop, speech, options.rounds)
            yield from free(engine, size, leadloop, min(options.rounds, 3))


def _grow(database: str, before: int, size: int) -> None:
    """More leads, none of them in the month."""
    stores.load(database, (history for history in _behind(before, size) if not _is_in_month(history)))


def _behind(before: int, size: int) -> Iterator[History]:
    for n, history in enumerate(histories(1, size)):
        if n >= before:
            yield history


def _is_in_month(history: History) -> bool:
    return FROM_MS <= history[-1].lead.lead_date_ms < TO_MS


def _rounds(engine: str, size: int, line: Line, leadloop: Leadloop, rounds: int) -> Measured:
    asks: list[Callable[[], object]] = [
        lambda: line.rows(COUNT),
        lambda: line.rows(GROUP),
        lambda: leadloop.ask("GET", ARRAYS),
    ]
    for ask in asks:
        ask()
    taken = [[_ms(ask) for ask in asks] for _ in range(rounds)]
    count_ms, group_ms, arrays_ms = (list(column) for column in zip(*taken, strict=True))
    return Measured(engine, size, line.rows(COUNT)[0][0], count_ms, group_ms, arrays_ms)


def _ms(ask: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    ask()
    return (time.perf_counter() - began_s) * 1_000


def markdown(results: Results) -> str:
    heads = (
        "",
        "leads of the month",
        "count(*) ms",
        "one GROUP BY ms",
        "six arrays ms",
        "× count(*)",
        "× GROUP BY",
        "",
    )
    lines = [*heading(heads), *map(_line, results.measured)]
    return "\n".join([*lines, "", f"`{results.command}`", "", tables(results.searched)])


def _line(found: Measured) -> str:
    times = _times(found.arrays_ms, found.group_ms)
    cells = [
        f"{found.engine}, {found.leads:,} leads",
        f"{found.month:,}",
        *(f"{spread(ms).median:,.1f}" for ms in (found.count_ms, found.group_ms, found.arrays_ms)),
        _shown(_times(found.arrays_ms, found.count_ms)),
        _shown(times),
        "met" if times.median <= MOST_TIMES else "not met",
    ]
    return row(cells)


def _times(ours: list[float], theirs: list[float]) -> Spread:
    found = ratios(ours, theirs)
    assert found is not None
    return found


def _shown(found: Spread) -> str:
    return f"{found.median:.1f} ({found.least:.1f}–{found.most:.1f})"


if __name__ == "__main__":
    sys.exit(main())
