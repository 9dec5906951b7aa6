"""The aims of leadloop, compared with the results of a run. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from bench.results import Entry, Run
from bench.stats import Spread, ratios, spread

STEADY = ("steady", "steady-750")
SQLITE, POSTGRES = "leadloop-sqlite", "leadloop-postgres"
TIMES = (("pocketbase", SQLITE, 10.0), ("fastapi", POSTGRES, 8.0), ("pgbench", POSTGRES, 0.35))
"""A peer, the leadloop beside it, and the aimed ratio of PATCHes per second."""
SQLITE_TO_POSTGRES = 0.9
MOST_CPU_US = 130.0
LEAST_OF_SMALL = 0.8
LEAST_OF_OLDER = 0.95
DEEP_PAGES = (("page-deep", "page-1"), ("page-deep", "page-2"))
LEAST_OF_PAGE = 0.95
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
    finds = (_side_by_side, _by_size, _older, _deep_pages, _webhooks)
    return [aim for find in finds for aim in find(by_label)]


def _side_by_side(by_label: dict[str, Entry]) -> Iterator[Aim]:
    pairs = [*((ours, peer, times) for peer, ours, times in TIMES), (SQLITE, POSTGRES, SQLITE_TO_POSTGRES)]
    for ours, other, least in pairs:
        if ours in by_label and other in by_label:
            yield from _at_least(f"{ours} ≥ {least:g} × {other}", by_label[ours], by_label[other], least)
    if entry := by_label.get(POSTGRES):
        cpu = spread([sample.server_us for sample in entry.samples])
        text = f"{POSTGRES}: ≤ {MOST_CPU_US:g} µs of the server's CPU a PATCH"
        measured = f"{cpu.median:,.0f} µs ({cpu.least:,.0f}–{cpu.most:,.0f})"
        yield Aim(text, measured, cpu.median <= MOST_CPU_US)


def _by_size(by_label: dict[str, Entry]) -> Iterator[Aim]:
    for entry in by_label.values():
        first = by_label.get(entry.against or "")
        if first is not None and first.name == entry.name and first.leads != entry.leads:
            text = f"{entry.label} ≥ {LEAST_OF_SMALL:g} × {first.leads:,} leads"
            yield from _at_least(text, entry, first, LEAST_OF_SMALL)


def _older(by_label: dict[str, Entry]) -> Iterator[Aim]:
    """Compares with the leadloop of an older source tree."""
    for entry in by_label.values():
        ours = by_label.get(entry.against or "")
        if ours is not None and entry.name == f"{ours.name}@old":
            yield from _at_least(f"{ours.label} ≥ {LEAST_OF_OLDER:g} × {entry.label}", ours, entry, LEAST_OF_OLDER)


def _deep_pages(by_label: dict[str, Entry]) -> Iterator[Aim]:
    """Compares a deep page with the first, which also counts, and the second, which like all others does not."""
    for deep in by_label.values():
        for other in by_label.values():
            if (deep.kind, other.kind) in DEEP_PAGES and (deep.name, deep.leads) == (other.name, other.leads):
                text = f"{deep.label} as fast as page {other.kind.removeprefix('page-')}"
                yield from _at_least(text, deep, other, LEAST_OF_PAGE)


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
