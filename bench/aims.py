"""What leadloop sets out to reach, beside what a run found. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from bench.results import Entry, Run
from bench.stats import Spread, ratios, spread

SQLITE, POSTGRES = "leadloop-sqlite", "leadloop-postgres"
TIMES = (("pocketbase", SQLITE, 10.0), ("fastapi", POSTGRES, 8.0), ("pgbench", POSTGRES, 0.35))
"""A peer, the leadloop beside it, and how many times as many PATCHes a second that is to answer."""
SQLITE_TO_POSTGRES = 0.9
MOST_CPU_US = 130.0
LEAST_OF_SMALL = 0.8
LEAST_OF_OLDER = 0.95
DEEP_PAGES = (("page-deep", "page-1"), ("page-deep", "page-2"))
LEAST_OF_PAGE = 0.95
"""As fast, but for what two turns differ by anyway."""


class Aim(NamedTuple):
    text: str
    measured: str
    is_met: bool


def aims(run: Run) -> list[Aim]:
    """Those that the run has a figure for, judged by the median."""
    by_label = {entry.label: entry for entry in run.entries if entry.samples}
    return [*_side_by_side(by_label), *_by_size(by_label), *_older(by_label), *_deep_pages(by_label)]


def _side_by_side(by_label: dict[str, Entry]) -> Iterator[Aim]:
    pairs = [*((ours, peer, times) for peer, ours, times in TIMES), (SQLITE, POSTGRES, SQLITE_TO_POSTGRES)]
    for ours, other, least in pairs:
        if ours in by_label and other in by_label:
            yield from _at_least(f"{ours} ≥ {least:g} × {other}", by_label[ours], by_label[other], least)
    if found := by_label.get(POSTGRES):
        cpu = spread([sample.server_us for sample in found.samples])
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
    """Against the leadloop of an older source tree."""
    for entry in by_label.values():
        ours = by_label.get(entry.against or "")
        if ours is not None and entry.name == f"{ours.name}@old":
            yield from _at_least(f"{ours.label} ≥ {LEAST_OF_OLDER:g} × {entry.label}", ours, entry, LEAST_OF_OLDER)


def _deep_pages(by_label: dict[str, Entry]) -> Iterator[Aim]:
    """Against the first page, which also counts, and the second, which like all others does not."""
    for deep in by_label.values():
        for other in by_label.values():
            if (deep.kind, other.kind) in DEEP_PAGES and (deep.name, deep.leads) == (other.name, other.leads):
                text = f"{deep.label} as fast as page {other.kind.removeprefix('page-')}"
                yield from _at_least(text, deep, other, LEAST_OF_PAGE)


def _at_least(text: str, ours: Entry, other: Entry, least: float) -> Iterator[Aim]:
    found: Spread | None = ratios(ours.rates(), other.rates())
    if found is not None:
        yield Aim(text, f"{found.median:.2f}× ({found.least:.2f}–{found.most:.2f})", found.median >= least)
