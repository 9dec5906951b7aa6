"""The aims of leadloop, compared with the results of a run. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from bench.results import Entry, Run
from bench.stats import Spread, ratios, spread

STEADY = ("steady", "steady-750")
SQLITE, POSTGRES = "leadloop-sqlite", "leadloop-postgres"
TIMES = (
    ("patch", SQLITE, "pocketbase", 2.5),
    ("patch", SQLITE, "pocketbase-default", 1.0),
    ("patch", POSTGRES, "fastapi", 5.0),
    ("patch", POSTGRES, "pgbench-rows", 1.0),
    ("patch-indexed", SQLITE, "pocketbase", 2.0),
    ("patch-indexed", SQLITE, "pocketbase-default", 1.0),
)
"""The kind, a leadloop, the peer beside it, and the aimed ratio of PATCHes per second."""
MOST_INSTRUCTIONS = {"sqlite indexed": 1_500_000, "postgres indexed": 1_200_000}
"""Of a PATCH, by engine and mix, as `bench.instructions` counts them."""
LEAST_OF_SMALL = 0.8
LEAST_OF_OLDER = {"list": 2.0}
"""The aimed ratio to an older tree, by kind; for the other kinds `AS_FAST`."""
LEAST_OF_BARE = 0.85
"""The catalogue and the search index cost at most 15 % of the rate."""
PAGES = (("page-deep", "page-1"), ("page-deep", "page-2"), ("page-1", "page-2"))
AS_FAST = 0.95
"""As fast, within the usual difference between two turns."""
LEAST_DRAINED = 1_500.0
MOST_P50_MS, MOST_P99_MS = 50.0, 500.0
LEAST_OF_UNHOOKED = 0.6


class Aim(NamedTuple):
    text: str
    measured: str
    is_met: bool


def aims(run: Run) -> list[Aim]:
    """The aims that the run has a figure for, judged by the median."""
    by_label = {entry.label: entry for entry in run.entries if entry.samples}
    finds = (_side_by_side, _by_size, _other_trees, _pages, _webhooks)
    return [aim for find in finds for aim in find(by_label)]


def _side_by_side(by_label: dict[str, Entry]) -> Iterator[Aim]:
    by_kind = {(entry.name, entry.kind): entry for entry in by_label.values()}
    for kind, ours, peer, least in TIMES:
        entry, other = by_kind.get((ours, kind)), by_kind.get((peer, kind))
        if entry and other:
            yield from _at_least(f"{entry.label} ≥ {least:g} × {other.label}", entry, other, least)


def _by_size(by_label: dict[str, Entry]) -> Iterator[Aim]:
    for entry in by_label.values():
        first = by_label.get(entry.against or "")
        if first is not None and first.name == entry.name and first.leads != entry.leads:
            text = f"{entry.label} ≥ {LEAST_OF_SMALL:g} × {first.leads:,} leads"
            yield from _at_least(text, entry, first, LEAST_OF_SMALL)


def _other_trees(by_label: dict[str, Entry]) -> Iterator[Aim]:
    """Compares with the leadloop of an older source tree, and with one without catalogue and search index."""
    for entry in by_label.values():
        ours = by_label.get(entry.against or "")
        if ours is not None and entry.name == f"{ours.name}@old":
            least = LEAST_OF_OLDER.get(entry.kind, AS_FAST)
            yield from _at_least(f"{ours.label} ≥ {least:g} × {entry.label}", ours, entry, least)
        if ours is not None and entry.name == f"{ours.name}@bare":
            text = f"{ours.label} ≥ {LEAST_OF_BARE:g} × {entry.label}"
            yield from _at_least(text, ours, entry, LEAST_OF_BARE)


def _pages(by_label: dict[str, Entry]) -> Iterator[Aim]:
    """Compares pages: the first also counts the leads, later ones do not."""
    for page in by_label.values():
        for other in by_label.values():
            if (page.kind, other.kind) in PAGES and (page.name, page.leads) == (other.name, other.leads):
                text = f"{page.label} as fast as page {other.kind.removeprefix('page-')}"
                yield from _at_least(text, page, other, AS_FAST)


def _webhooks(by_label: dict[str, Entry]) -> Iterator[Aim]:
    for entry in by_label.values():
        if entry.name not in (SQLITE, POSTGRES):
            continue
        if entry.kind == "drain":
            rate = spread([1e6 / sample.server_us for sample in entry.samples])
            text = f"{entry.label}: ≥ {LEAST_DRAINED:,.0f} deliveries a second of the server's CPU"
            measured = f"{rate.median:,.0f} ({rate.least:,.0f}–{rate.most:,.0f})"
            yield Aim(text, measured, rate.median >= LEAST_DRAINED)
        if entry.kind in STEADY:
            p50_ms, p99_ms = entry.median_of("p50_ms") or 0.0, entry.median_of("p99_ms") or 0.0
            text = f"{entry.label}: p50 ≤ {MOST_P50_MS:g} ms, p99 ≤ {MOST_P99_MS:g} ms"
            yield Aim(text, f"{p50_ms:,.1f}, {p99_ms:,.1f}", p50_ms <= MOST_P50_MS and p99_ms <= MOST_P99_MS)
        if entry.kind == "patch-hooked" and (plain := by_label.get(entry.against or "")):
            yield from _at_least(
                f"{entry.label} ≥ {LEAST_OF_UNHOOKED:g} × {plain.label}", entry, plain, LEAST_OF_UNHOOKED
            )


def _at_least(text: str, ours: Entry, other: Entry, least: float) -> Iterator[Aim]:
    ratio: Spread | None = ratios(ours.rates(), other.rates())
    if ratio is not None:
        yield Aim(text, f"{ratio.median:.2f}× ({ratio.least:.2f}–{ratio.most:.2f})", ratio.median >= least)
