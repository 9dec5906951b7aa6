"""`leadloop catalogue`: the entities that an account's leads refer to (see docs/catalogue.md)."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from leadloop.app import clock
from leadloop.app.catalogue import changes, new, show_entry
from leadloop.cli.command import Result, command
from leadloop.cli.database import AccountId, open_account
from leadloop.cli.options import given_options, list_value, option, text_value, wire_name
from leadloop.cli.output import cell, note, show_table, table
from leadloop.core.catalogue import manage
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import KINDS, Entry
from leadloop.core.catalogue.query import EntryQuery
from leadloop.core.errors import EntryNotFound
from leadloop.core.leads.normalize import name_key
from leadloop.core.pages import PAGE_LIMIT_BYTES
from leadloop.core.store import Store
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings

PAGE = 1_000
NOT_LISTED = ("kind", "userId", "phoneNumber", "globalAutoAttributionDisabled", "createdAt", "updatedAt")
"""Members that the table of `list` leaves out; `show` and `--json` include them."""


def _require_kind(_: Any, kind: str) -> None:
    if kind not in KINDS:
        raise ValueError(f"Must be one of {', '.join(KINDS)}.")


EntryKind = Annotated[str, Parameter(help="The kind of entry: units, users, tags, ...", validator=_require_kind)]
EntryId = Annotated[str, Parameter(help="The id of the entry.")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class EntryOptions:
    """All except the flags are texts: the API's rules for bodies validate them."""

    name: Annotated[str | None, option("The name that leads refer to it by.")] = None
    unit_id: Annotated[str | None, option("Of a department or interest: its unit.")] = None
    department_id: Annotated[str | None, option("Of an interest: its department.")] = None
    value: Annotated[str | None, option("Of a product: the unit price, in currency units.")] = None
    color: Annotated[str | None, option("Of a tag.")] = None
    user_id: Annotated[str | None, option("Of a user: its id in another system.")] = None
    email: Annotated[str | None, option("Of a user.")] = None
    phone_number: Annotated[str | None, option("Of a user.")] = None
    is_real_user: Annotated[
        bool | None,
        Parameter(help="Of a user: whether it is a person, who can own leads.", show_default=False),
    ] = None
    global_auto_attribution_disabled: Annotated[
        bool | None,
        Parameter(help="Of a user: whether it is excluded from assignment.", show_default=False),
    ] = None
    unit_ids: Annotated[str | None, option("Of a user: the units whose leads are assigned to it.")] = None
    department_ids: Annotated[str | None, option("Of a user: the departments whose leads are assigned to it.")] = None
    interest_ids: Annotated[str | None, option("Of a user: the interests whose leads are assigned to it.")] = None
    weight: Annotated[str | None, option("Of a user: 2 receives twice as many leads as 1.")] = None
    daily_cap: Annotated[str | None, option("Of a user: the most leads assigned to it in a day.")] = None

    def json(self) -> dict[str, Any]:
        return {wire_name(name): _value(name, value) for name, value in given_options(self).items()}


OPTIONS = EntryOptions()

app = App(name="catalogue", help="The units, users, products, tags and others that an account's leads refer to.")


@app.command(name="list")
@command
async def list_all(
    kind: EntryKind,
    /,
    *,
    account: AccountId = None,
    q: Annotated[str | None, Parameter(name="--q", help="Only entries whose name contains this text.")] = None,
    archived: Annotated[Literal["false", "true", "all"], Parameter(help="Whether to list archived entries.")] = "false",
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """List the entries of a kind, by name."""
    is_archived = {"false": False, "true": True, "all": None}[archived]
    entries: list[dict[str, Any]] = []
    async with open_account(settings, account) as (store, owner):
        query = EntryQuery(account_id=owner.id, kind=kind, limit=PAGE, part=name_key(q), archived=is_archived)
        while page := list((await store.catalogue.page(query, PAGE_LIMIT_BYTES)).items):
            entries += map(show_entry, page)
            query = query.behind(page[-1])
    names = [name for name in entries[0] if name not in NOT_LISTED] if entries else []
    nothing = "no entries: leads add the entries that they name, or use leadloop catalogue create"
    return Result(entries, table(names, [[cell(entry[name]) for name in names] for entry in entries], nothing))


@app.command
@command
async def show(
    kind: EntryKind, entry_id: EntryId, /, *, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS
) -> Result:
    """Show all members of an entry."""
    async with open_account(settings, account) as (store, owner):
        return _result(await _entry(store, owner.id, kind, entry_id))


@app.command
@command
async def create(
    kind: EntryKind,
    /,
    *,
    account: AccountId = None,
    entry_id: Annotated[str | None, Parameter(name="--id", help="Its id; by default a new one.")] = None,
    options: EntryOptions = OPTIONS,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Create an entry. Separate the items of a list by commas."""
    body = options.json() | ({} if entry_id is None else {"id": entry_id})
    async with open_account(settings, account) as (store, owner):
        members = new(kind, body)
        own_id, name = members.pop("id", None), members.pop("name")
        entry = await store.catalogue.manage(
            owner.id, lambda catalogue: manage.create(catalogue, kind, own_id, name, members, clock())
        )
    return _result(entry, "created")


@app.command
@command
async def update(
    kind: EntryKind,
    entry_id: EntryId,
    /,
    *,
    account: AccountId = None,
    options: EntryOptions = OPTIONS,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Change an entry; omitted options stay unchanged, an empty text clears. Separate the items of a list by commas."""
    async with open_account(settings, account) as (store, owner):
        members = changes(await _entry(store, owner.id, kind, entry_id), options.json())
        entry = await store.catalogue.manage(
            owner.id, lambda catalogue: manage.update(catalogue, kind, entry_id, members, clock())
        )
    return _result(entry)


@app.command
@command
async def archive(
    kind: EntryKind, entry_id: EntryId, /, *, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS
) -> Result:
    """Archive an entry: its leads keep it, its name no longer refers to it, and a user is assigned no more leads."""
    return await _archive(settings, account, kind, entry_id, archived=True)


@app.command
@command
async def restore(
    kind: EntryKind, entry_id: EntryId, /, *, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS
) -> Result:
    """Restore an archived entry."""
    return await _archive(settings, account, kind, entry_id, archived=False)


async def _archive(
    settings: DatabaseSettings, account: str | None, kind: str, entry_id: str, *, archived: bool
) -> Result:
    def change(catalogue: Catalogue) -> Entry:
        return manage.archive(catalogue, kind, entry_id, clock(), archived=archived)

    async with open_account(settings, account) as (store, owner):
        return _result(await store.catalogue.manage(owner.id, change), "archived" if archived else "restored")


def _result(entry: Entry, done: str = "") -> Result:
    shown = show_entry(entry)
    return Result(shown, partial(_show, shown, done))


def _show(shown: dict[str, Any], done: str) -> None:
    if done:
        note(f"{done}: {shown['id']}")
    show_table(["member", "value"], [[name, cell(value)] for name, value in shown.items()])


async def _entry(store: Store, account_id: str, kind: str, entry_id: str) -> Entry:
    """Raises `EntryNotFound`."""
    entry = await store.catalogue.entry(account_id, kind, entry_id)
    if entry is None:
        raise EntryNotFound
    return entry


def _value(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return value
    return list_value(value) if name.endswith("_ids") else text_value(value)
