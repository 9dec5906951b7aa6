"""`leadloop leads`: counts and exports leads, shows the history of a lead, reverts a lead."""

import sys
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter, validators
from msgspec import structs

from leadloop.app import clock, render_leads, render_records
from leadloop.app.records import DIALECTS, show_stages
from leadloop.cli.command import Result, command
from leadloop.cli.database import AccountId, open_account, run
from leadloop.cli.output import CommandError, note, printable, shortened, show_table
from leadloop.core.accounts import Account
from leadloop.core.days import zone_of
from leadloop.core.errors import NoSuchVersion
from leadloop.core.ids import ID, new_id, stamp
from leadloop.core.leads.model import Lead
from leadloop.core.leads.phones import possible_regions
from leadloop.core.pages import PAGE_LIMIT_BYTES
from leadloop.core.reading import lists
from leadloop.core.reading.stages import StageCount, stage_counts
from leadloop.core.reading.visibility import ALL
from leadloop.core.search.errors import SearchError, point_at_error
from leadloop.core.search.read import read
from leadloop.core.search.tree import Query
from leadloop.core.store import LeadQuery, Order, Store
from leadloop.core.writes import use_cases
from leadloop.core.writes.history import at_version
from leadloop.insights.measures import scaled
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings


def _require_dialect(_: object, name: str) -> None:
    if name not in DIALECTS:
        raise ValueError(f"Must be one of {', '.join(DIALECTS)}.")


DialectOption = Annotated[
    str, Parameter(help=f"The output's dialect: {' or '.join(DIALECTS)}.", validator=_require_dialect)
]
LeadId = Annotated[str, Parameter(help="The id of the lead, with or without lead_.")]
HistoryLimit = Annotated[
    int, Parameter(help="How many of the latest changes to show.", validator=validators.Number(gte=1))
]

Search = Annotated[str, Parameter(help="Only leads that match this search (docs/search.md).")]

EXPORT_BATCH = 500
"""Leads that are read at a time: some 2 MB."""

app = App(name="leads", help="Count and export leads, show the history of a lead, revert it.")


@app.command
def export(
    *,
    account: AccountId = None,
    search: Search = "",
    dialect: DialectOption = DIALECTS[0],
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """Write all leads that are not deleted to standard output, oldest first, as lines of JSON."""

    async def write() -> int:
        async with open_account(settings, account) as (store, owner):
            query = LeadQuery(
                account_id=owner.id,
                order=Order.CREATED,
                is_ascending=True,
                limit=EXPORT_BATCH,
                search=_read(search, owner),
            )
            count = 0
            while leads := list((await store.leads.page(query, PAGE_LIMIT_BYTES)).items):
                sys.stdout.buffer.writelines(line + b"\n" for line in render_leads(leads, dialect))
                count += len(leads)
                query = structs.replace(query, after=(0, leads[-1].id))
            return count

    count = run(settings, write)
    sys.stdout.buffer.flush()
    note(f"{count:,} leads")
    return 0


@app.command
@command
async def count(
    *, account: AccountId = None, search: Search = "", settings: DatabaseSettings = DATABASE_DEFAULTS
) -> Result:
    """Count the leads that are not deleted, up to 10,000."""
    async with open_account(settings, account) as (store, owner):
        total = await lists.count(store, _query(search, owner), ALL)
    return Result({"count": total.count, "exact": total.exact}, _number(total.count, total.exact))


@app.command
@command
async def stages(
    *, account: AccountId = None, search: Search = "", settings: DatabaseSettings = DATABASE_DEFAULTS
) -> Result:
    """Count the leads of each stage, up to 10,000, and add their values, apart for each currency."""
    async with open_account(settings, account) as (store, owner):
        counts = await stage_counts(store, _query(search, owner), ALL, owner)
    rows = [[printable(stage.stage), _number(stage.count, stage.exact), _values(stage, owner)] for stage in counts]
    return Result({"stages": show_stages(counts)}, partial(show_table, ["stage", "leads", "value"], rows))


def _query(search: str, owner: Account) -> LeadQuery:
    return LeadQuery(account_id=owner.id, order=Order.LEAD_DATE, limit=1, search=_read(search, owner))


def _number(count: int, exact: bool) -> str:
    return f"{count:,}" if exact else f"over {count:,}"


def _values(stage: StageCount, owner: Account) -> str:
    own = [] if not stage.value_micros else [(owner.currency or "", stage.value_micros)]
    values = [*own, *sorted(stage.other_values.items())]
    return ", ".join(f"{currency} {scaled(micros, 6):,f}".strip() for currency, micros in values)


def _read(search: str, owner: Account) -> Query | None:
    if not search:
        return None
    zone, regions = zone_of(owner.time_zone), possible_regions(owner.country)
    try:
        return read(search, now_ms=clock(), zone=zone, regions=regions, is_renewing=owner.is_renewing)
    except SearchError as error:
        raise CommandError(f"--search cannot be parsed:\n{point_at_error(search, error)}") from None


@app.command
@command
async def history(
    lead: LeadId,
    /,
    *,
    account: AccountId = None,
    limit: HistoryLimit = 20,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Show what changed, when and by whom, the latest change last."""
    async with open_account(settings, account) as (store, owner):
        current = await require_lead(store, owner.id, lead)
        changes = await store.changes.of_lead(owner.id, current.id, max(0, current.version - limit), limit)
    records = render_records(changes)
    return Result([msgspec.Raw(record) for record in records], partial(_show, records))


@app.command
@command
async def revert(
    lead: LeadId,
    /,
    *,
    account: AccountId = None,
    to: Annotated[int, Parameter(help="The version whose content to restore.", validator=validators.Number(gte=1))],
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Revert a lead to the content of one of its versions, as a new change."""
    async with open_account(settings, account) as (store, owner):
        current = await require_lead(store, owner.id, lead)
        try:
            snapshot = await at_version(store, owner.id, current.id, to)
        except NoSuchVersion as error:
            raise CommandError(f"the lead has versions 1 to {error.version}") from None
        now_ms = clock()
        by = stamp(now_ms, f"req_{new_id(now_ms)}", "system", "cli")
        result = await use_cases.revert(store, use_cases.plain(by, owner.id), current.id, snapshot)
    value = {"leadId": f"lead_{result.lead.id}", "version": result.lead.version}
    if result.change is None:
        return Result(value, f"the lead already has the content of version {to}: nothing to change")
    return Result(value, f"the lead has the content of version {to} again; it is now at version {result.lead.version}")


async def require_lead(store: Store, account_id: str, lead_id: str) -> Lead:
    bare = lead_id.removeprefix("lead_")
    lead = await store.leads.get(account_id, bare) if ID.fullmatch(bare) else None
    if lead is None:
        raise CommandError("there is no lead with this id in the account")
    return lead


def _show(records: Sequence[bytes]) -> None:
    changes = [msgspec.json.decode(record) for record in records]
    show_table(["version", "when", "who", "through", "field", "before → after"], _rows(changes))
    if older := changes[0]["version"] - 1:
        note(f"there are {older} older changes: --limit {older + len(changes)} shows them all")


def _rows(changes: Sequence[dict[str, Any]]) -> list[list[str]]:
    """A row for each field; only the first row of a change identifies the change."""
    rows = []
    for change in changes:
        at = change["at"].replace("T", " ")
        cells = [str(change["version"]), at, change["actor"], change["dialect"]]
        for field in change["fields"]:
            why = f" ({printable(field['reason'])})" if "reason" in field else ""
            values = f"{_short(field['before'])} → {_short(field['after'])}{why}"
            rows.append([*cells, printable(field["field"]), values])
            cells = [""] * len(cells)
    return rows


def _short(value: Any) -> str:
    """A value as JSON that fits a table, on one line."""
    return shortened(printable(msgspec.json.encode(value).decode()))
