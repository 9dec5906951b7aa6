"""`leadloop catalogue`: what an account's leads speak of. docs/catalogue.md says what it is for."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from leadloop.app import clock
from leadloop.app.catalogue import changes, new, show_entry
from leadloop.cli.command import Result, command
from leadloop.cli.database import AccountId, opened_account
from leadloop.cli.options import given, list_value, option, text_value, wire_name
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
"""Members that a table has no room for; `show` and `--json` have them."""


def _known_kind(_: Any, kind: str) -> None:
    if kind not in KINDS:
        raise ValueError(f"there is no such kind; the catalogue has {', '.join(KINDS)}")


Kind = Annotated[str, Parameter(help="units, users, tags, ...: what the entry is.", validator=_known_kind)]
EntryId = Annotated[str, Parameter(help="The id of the entry.")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class EntryOptions:
    """All but the flags as text: what can not be a value is refused by the rules for the API's body."""

    name: Annotated[str | None, option("What leads call it.")] = None
    unit_id: Annotated[str | None, option("Of a department or interest: the unit it belongs to.")] = None
    department_id: Annotated[str | None, option("Of an interest: the department it belongs to.")] = None
    value: Annotated[str | None, option("Of a product: what one costs, in currency units.")] = None
    color: Annotated[str | None, option("Of a tag.")] = None
    user_id: Annotated[str | None, option("Of a user: the id that another system knows it by.")] = None
    email: Annotated[str | None, option("Of a user.")] = None
    phone_number: Annotated[str | None, option("Of a user.")] = None
    is_real_user: Annotated[
        bool | None, Parameter(help="Of a user: whether it is a person, who can be given leads.", show_default=False)
    ] = None
    global_auto_attribution_disabled: Annotated[
        bool | None, Parameter(help="Of a user: whether it is given no leads by itself.", show_default=False)
    ] = None
    unit_ids: Annotated[str | None, option("Of a user: the units whose leads it is given.")] = None
    department_ids: Annotated[str | None, option("Of a user: the departments whose leads it is given.")] = None
    interest_ids: Annotated[str | None, option("Of a user: the interests whose leads it is given.")] = None
    weight: Annotated[str | None, option("Of a user: 2 is given twice as many leads as 1.")] = None
    daily_cap: Annotated[str | None, option("Of a user: most leads that it is given a day.")] = None

    def json(self) -> dict[str, Any]:
        return {wire_name(name): _value(name, value) for name, value in given(self).items()}


OPTIONS = EntryOptions()

app = App(name="catalogue", help="The units, users, products, tags and other things that an account's leads speak of.")


@app.command(name="list")
@command
async def list_all(
    kind: Kind,
    /,
    *,
    account: AccountId = None,
    q: Annotated[str | None, Parameter(name="--q", help="Only those with this in their name.")] = None,
    archived: Annotated[Literal["false", "true", "all"], Parameter(help="Whether archived ones are shown.")] = "false",
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """List the entries of a kind, by name."""
    wanted = {"false": False, "true": True, "all": None}[archived]
    entries: list[dict[str, Any]] = []
    async with opened_account(settings, account) as (store, owner):
        query = EntryQuery(account_id=owner.id, kind=kind, limit=PAGE, part=name_key(q), archived=wanted)
        while page := list((await store.catalogue.page(query, PAGE_LIMIT_BYTES)).items):
            entries += map(show_entry, page)
            query = query.behind(page[-1])
    names = [name for name in entries[0] if name not in NOT_LISTED] if entries else []
    nothing = "there are none: they come with the leads that name them, or by leadloop catalogue create"
    return Result(entries, table(names, [[cell(entry[name]) for name in names] for entry in entries], nothing))


@app.command
@command
async def show(
    kind: Kind, entry_id: EntryId, /, *, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS
) -> Result:
    """Show all there is to know of an entry."""
    async with opened_account(settings, account) as (store, owner):
        return _result(await _entry(store, owner.id, kind, entry_id))


@app.command
@command
async def create(
    kind: Kind,
    /,
    *,
    account: AccountId = None,
    entry_id: Annotated[str | None, Parameter(name="--id", help="Its id; without one it is given one.")] = None,
    options: EntryOptions = OPTIONS,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Create an entry. Lists are separated by commas."""
    body = options.json() | ({} if entry_id is None else {"id": entry_id})
    async with opened_account(settings, account) as (store, owner):
        members = new(kind, body)
        own_id, name = members.pop("id", None), members.pop("name")
        entry = await store.catalogue.manage(
            owner.id, lambda catalogue: manage.create(catalogue, kind, own_id, name, members, clock())
        )
    return _result(entry, "created")


@app.command
@command
async def update(
    kind: Kind,
    entry_id: EntryId,
    /,
    *,
    account: AccountId = None,
    options: EntryOptions = OPTIONS,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Change an entry; what is left out stays, an empty text clears. Lists are separated by commas."""
    async with opened_account(settings, account) as (store, owner):
        wanted = changes(await _entry(store, owner.id, kind, entry_id), options.json())
        entry = await store.catalogue.manage(
            owner.id, lambda catalogue: manage.update(catalogue, kind, entry_id, wanted, clock())
        )
    return _result(entry)


@app.command
@command
async def archive(
    kind: Kind, entry_id: EntryId, /, *, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS
) -> Result:
    """Put an entry aside: leads that have it keep it, its name finds it no more, and a user is given no leads."""
    return await _archive(settings, account, kind, entry_id, archived=True)


@app.command
@command
async def restore(
    kind: Kind, entry_id: EntryId, /, *, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS
) -> Result:
    """Take an archived entry into use again."""
    return await _archive(settings, account, kind, entry_id, archived=False)


async def _archive(
    settings: DatabaseSettings, account: str | None, kind: str, entry_id: str, *, archived: bool
) -> Result:
    def change(catalogue: Catalogue) -> Entry:
        return manage.archive(catalogue, kind, entry_id, clock(), archived=archived)

    async with opened_account(settings, account) as (store, owner):
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
    found = await store.catalogue.entry(account_id, kind, entry_id)
    if found is None:
        raise EntryNotFound
    return found


def _value(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return value
    return list_value(value) if name.endswith("_ids") else text_value(value)
