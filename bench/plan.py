"""Which contender takes turns with which, under which load."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.contenders.contender import Contender, Setting
from bench.contenders.fastapi import FastApi
from bench.contenders.leadloop import PAGES, LeadloopPostgres, LeadloopSqlite
from bench.contenders.pgbench import Pgbench
from bench.contenders.pocketbase import PocketBase, PocketBaseDefault, PocketBasePlain
from bench.options import CONTENDERS, Options
from bench.results import Entry

CLASSES: dict[str, type[Contender]] = {
    found.name: found
    for found in (
        LeadloopSqlite,
        LeadloopPostgres,
        PocketBase,
        PocketBasePlain,
        PocketBaseDefault,
        FastApi,
        Pgbench,
    )
}
ALONE = ("leadloop-sqlite", "leadloop-postgres")


class Planned(NamedTuple):
    """An entry of the report and who fills it; a contender may fill several."""

    entry: Entry
    contender: Contender


def plan(options: Options, directory: Path) -> list[Planned]:
    setting = Setting(directory, options.seed, options.leads, options.connections, options.fsync_delay_ms)
    names = [name for name in CONTENDERS if name in options.only]
    if options.sizes:
        return list(_by_size(options, setting, [name for name in names if name in ALONE]))
    return list(_side_by_side(options, setting, names))


def _side_by_side(options: Options, setting: Setting, names: list[str]) -> Iterator[Planned]:
    for name in names:
        kinds = [kind for kind in _kinds(options) if kind in CLASSES[name].kinds]
        contender = CLASSES[name](setting) if kinds else None
        for kind in kinds:
            assert contender is not None
            yield Planned(_entry(contender.label(kind), contender, kind, contender.against), contender)


def _by_size(options: Options, setting: Setting, names: list[str]) -> Iterator[Planned]:
    """Each size is compared with the first one of its engine."""
    for name in names:
        first: dict[str, str] = {}
        for size in options.sizes:
            contender = CLASSES[name](setting._replace(leads=size))
            for kind in _kinds(options):
                label = f"{contender.label(kind)}, {size:,} leads"
                yield Planned(_entry(label, contender, kind, first.get(kind)), contender)
                first.setdefault(kind, label)


def _kinds(options: Options) -> list[str]:
    return [one for kind in options.kind for one in (PAGES if kind == "page" else (kind,))]


def _entry(label: str, contender: Contender, kind: str, against: str | None) -> Entry:
    return Entry(
        label=label,
        name=contender.name,
        about=contender.about,
        kind=kind,
        leads=contender.setting.leads,
        against=against,
    )
