"""The order of turns: which contender under which load."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.contenders.contender import Contender, Setting
from bench.contenders.leadloop import PAGES, Leadloop, LeadloopPostgres, LeadloopSqlite
from bench.contenders.pgbench import Pgbench, PgbenchRows
from bench.contenders.pocketbase import PocketBase, PocketBaseDefault, PocketBasePlain
from bench.contenders.procrastinate import Procrastinate
from bench.contenders.services import Django, FastApi
from bench.options import CONTENDERS, Options
from bench.results import Entry
from bench.webhooks import WEBHOOKS

CLASSES: dict[str, type[Contender]] = {
    contender.name: contender
    for contender in (
        LeadloopSqlite,
        LeadloopPostgres,
        PocketBase,
        PocketBasePlain,
        PocketBaseDefault,
        FastApi,
        Django,
        Pgbench,
        PgbenchRows,
        Procrastinate,
    )
}
SEVERAL = {"page": PAGES, "webhooks": WEBHOOKS}
"""Kinds that expand to several."""
ALONE = ("leadloop-sqlite", "leadloop-postgres")


class Turn(NamedTuple):
    """An entry of the report and its contender; a contender may have several entries."""

    entry: Entry
    contender: Contender


def plan(options: Options, directory: Path) -> list[Turn]:
    setting = Setting(directory, options.seed, options.leads, options.connections, options.fsync_delay_ms)
    names = [name for name in CONTENDERS if name in options.only]
    if options.sizes:
        return list(_by_size(options, setting, [name for name in names if name in ALONE]))
    return list(_side_by_side(options, setting, names))


def _side_by_side(options: Options, setting: Setting, names: list[str]) -> Iterator[Turn]:
    for name in names:
        if any(kind in CLASSES[name].kinds for kind in _kinds(options)):
            yield from _interleave(options, _generations(options, setting, name))


def _generations(options: Options, setting: Setting, name: str) -> list[Contender]:
    """The contender, and after it the older leadloop (`--against`) and the bare one (`--bare`)."""
    contender = CLASSES[name](setting)
    if not (isinstance(contender, Leadloop) and name in ALONE):
        return [contender]
    older = [type(contender)(setting, options.against)] if options.against else []
    return [contender, *older, *([type(contender)(setting, bare=True)] if options.bare else [])]


def _interleave(options: Options, contenders: list[Contender]) -> Iterator[Turn]:
    """Plans the contenders next to each other for each kind, so that compared ones have adjacent turns."""
    for kind in _kinds(options):
        for contender in contenders:
            if kind in contender.kinds:
                yield Turn(_entry(contender.label(kind), contender, kind, contender.beside(kind)), contender)


def _by_size(options: Options, setting: Setting, names: list[str]) -> Iterator[Turn]:
    """Compares each size with the first one of its engine."""
    for name in names:
        first: dict[str, str] = {}
        for size in options.sizes:
            contender = CLASSES[name](setting._replace(leads=size))
            for kind in _kinds(options):
                label = f"{contender.label(kind)}, {size:,} leads"
                yield Turn(_entry(label, contender, kind, first.get(kind)), contender)
                first.setdefault(kind, label)


def _kinds(options: Options) -> list[str]:
    return [expanded for kind in options.kind for expanded in SEVERAL.get(kind, (kind,))]


def _entry(label: str, contender: Contender, kind: str, against: str | None) -> Entry:
    return Entry(
        label=label,
        name=contender.name,
        about=contender.about,
        kind=kind,
        leads=contender.setting.leads,
        against=against,
    )
