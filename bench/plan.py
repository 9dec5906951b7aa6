"""Which contender takes turns with which, under which load."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.contenders.contender import Contender, Setting
from bench.contenders.fastapi import FastApi
from bench.contenders.leadloop import PAGES, Leadloop, LeadloopPostgres, LeadloopSqlite
from bench.contenders.pgbench import Pgbench
from bench.contenders.pocketbase import PocketBase, PocketBaseDefault, PocketBasePlain
from bench.contenders.procrastinate import Procrastinate
from bench.options import CONTENDERS, Options
from bench.results import Entry
from bench.webhooks import WEBHOOKS

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
        Procrastinate,
    )
}
SEVERAL = {"page": PAGES, "webhooks": WEBHOOKS}
"""Kinds that stand for several."""
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
        if any(kind in CLASSES[name].kinds for kind in _kinds(options)):
            yield from _interleaved(options, _generations(options, setting, name))


def _generations(options: Options, setting: Setting, name: str) -> list[Contender]:
    """The contender, and with `--against` the older leadloop behind it."""
    found = CLASSES[name](setting)
    if options.against is None or not (isinstance(found, Leadloop) and name in ALONE):
        return [found]
    return [found, type(found)(setting, options.against)]


def _interleaved(options: Options, contenders: list[Contender]) -> Iterator[Planned]:
    """For each kind one after the other, so that who is compared takes turns as neighbours."""
    for kind in _kinds(options):
        for one in contenders:
            if kind in one.kinds:
                yield Planned(_entry(one.label(kind), one, kind, one.beside(kind)), one)


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
    return [one for kind in options.kind for one in SEVERAL.get(kind, (kind,))]


def _entry(label: str, contender: Contender, kind: str, against: str | None) -> Entry:
    return Entry(
        label=label,
        name=contender.name,
        about=contender.about,
        kind=kind,
        leads=contender.setting.leads,
        against=against,
    )
