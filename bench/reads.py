"""`bench/reads`: measures a month's Insights beside the minimal queries that they need, and searches.

The month has the same leads at every size; only the other months grow. Each round counts the leads of the month
(`count(*)`), counts them by stage (with a covering index on account, date and stage, made for this), and requests the
six arrays over HTTP from `leadloop serve`. Then it runs the searches, with their plans, and free Insights of the whole
year.
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

from bench.connections import Connection, PostgresConnection, SqliteConnection
from bench.contenders.contender import Setting
from bench.contenders.leadloop import Leadloop, LeadloopPostgres, LeadloopSqlite
from bench.leads import ACCOUNT, histories
from bench.options import parse_sizes
from bench.results import save
from bench.searches import SearchResult, measure_insights, measure_searches, tables
from bench.stats import Spread, ratios, spread
from lab import stores
from lab.report import heading, row
from leadloop.core.writes.unit import History
from leadloop.storage.finding import SqlDialect
from leadloop.storage.postgres.finding import DIALECT as POSTGRES
from leadloop.storage.sqlite.finding import DIALECT as SQLITE

ENGINES: dict[str, tuple[type[Leadloop], type[Connection], SqlDialect]] = {
    "sqlite": (LeadloopSqlite, SqliteConnection, SQLITE),
    "postgres": (LeadloopPostgres, PostgresConnection, POSTGRES),
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


class Measurement(Struct, frozen=True):
    """Milliseconds, one value per round."""

    engine: str
    leads: int
    month: int
    """The number of leads of the month."""
    count_ms: list[float]
    group_ms: list[float]
    arrays_ms: list[float]


class Results(Struct, frozen=True):
    command: str
    measured: list[Measurement]
    searched: list[SearchResult]


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
            for result in _measure(engine, Path(directory), options):
                if isinstance(result, SearchResult):
                    results.searched.append(result)
                else:
                    print(_line(result), flush=True)
                    results.measured.append(result)
    save(options.name, results, markdown(results))
    return 0


def _options() -> Options:
    parser = argparse.ArgumentParser("bench/reads", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument(
        "--sizes", type=parse_sizes, default=[100_000, 400_000], metavar="N,N…", help="numbers of leads, ascending"
    )
    parser.add_argument("--rounds", type=int, default=15, help="rounds of each size (15)")
    parser.add_argument("--name", default="reads", help="name of the file in bench/results (reads)")
    return Options(**vars(parser.parse_args()))


def _measure(engine: str, directory: Path, options: Options) -> Iterator[Measurement | SearchResult]:
    contender, connection_class, dialect = ENGINES[engine]
    first = options.sizes[0]
    leadloop = contender(Setting(directory, 1, first))
    with ExitStack() as running:
        running.callback(leadloop.stop)
        leadloop.start()
        connection = connection_class(leadloop.database)
        running.callback(connection.close)
        connection.execute(COVERING)
        for before, size in zip([0, *options.sizes], options.sizes, strict=False):
            if before:
                _grow(leadloop.database, before, size)
            connection.settle()
            yield _rounds(engine, size, connection, leadloop, options.rounds)
            yield from measure_searches(engine, size, connection, leadloop, dialect, options.rounds)
            yield from measure_insights(engine, size, leadloop, min(options.rounds, 3))


def _grow(database: str, before: int, size: int) -> None:
    """Adds leads, none of them in the month."""
    stores.load(database, (history for history in _histories_after(before, size) if not _is_in_month(history)))


def _histories_after(before: int, size: int) -> Iterator[History]:
    for n, history in enumerate(histories(1, size)):
        if n >= before:
            yield history


def _is_in_month(history: History) -> bool:
    return FROM_MS <= history[-1].lead.lead_date_ms < TO_MS


def _rounds(engine: str, size: int, connection: Connection, leadloop: Leadloop, rounds: int) -> Measurement:
    queries: list[Callable[[], object]] = [
        lambda: connection.rows(COUNT),
        lambda: connection.rows(GROUP),
        lambda: leadloop.ask("GET", ARRAYS),
    ]
    for query in queries:
        query()
    times = [[_ms(query) for query in queries] for _ in range(rounds)]
    count_ms, group_ms, arrays_ms = (list(column) for column in zip(*times, strict=True))
    return Measurement(engine, size, connection.rows(COUNT)[0][0], count_ms, group_ms, arrays_ms)


def _ms(query: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    query()
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


def _line(measurement: Measurement) -> str:
    times = _times(measurement.arrays_ms, measurement.group_ms)
    cells = [
        f"{measurement.engine}, {measurement.leads:,} leads",
        f"{measurement.month:,}",
        *(f"{spread(ms).median:,.1f}" for ms in (measurement.count_ms, measurement.group_ms, measurement.arrays_ms)),
        _format_ratio(_times(measurement.arrays_ms, measurement.count_ms)),
        _format_ratio(times),
        "met" if times.median <= MOST_TIMES else "not met",
    ]
    return row(cells)


def _times(ours: list[float], theirs: list[float]) -> Spread:
    spread_of_ratios = ratios(ours, theirs)
    assert spread_of_ratios is not None
    return spread_of_ratios


def _format_ratio(ratio: Spread) -> str:
    return f"{ratio.median:.1f} ({ratio.least:.1f}–{ratio.most:.1f})"


if __name__ == "__main__":
    sys.exit(main())
