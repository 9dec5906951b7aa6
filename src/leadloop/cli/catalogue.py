"""`leadloop catalogue`: what an account's leads speak of. docs/catalogue.md says what it is for."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from leadloop.app import clock
from leadloop.app.catalogue import changes, new, show_entry
from leadloop.cli.database import AccountId, known_account, opened
from leadloop.cli.options import list_value, option, run_with_body, text_value, wire_name
from leadloop.cli.output import AsJson, cell, note, show_json, show_table
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

Change = Callable[[Store, str], Awaitable[Entry]]
"""Of an account, by its id."""


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
        given = {name: value for name, value in asdict(self).items() if value is not None}
        return {wire_name(name): _value(name, value) for name, value in given.items()}


OPTIONS = EntryOptions()

app = App(name="catalogue", help="The units, users, products, tags and other things that an account's leads speak of.")


@app.command(name="list")
def list_all(
    kind: Kind,
    /,
    *,
    account: AccountId = None,
    q: Annotated[str | None, Parameter(name="--q", help="Only those with this in their name.")] = None,
    archived: Annotated[Literal["false", "true", "all"], Parameter(help="Whether archived ones are shown.")] = "false",
    json: AsJson = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """List the entries of a kind, by name."""
    wanted = {"false": False, "true": True, "all": None}[archived]

    async def command() -> list[Entry]:
        found: list[Entry] = []
        async with opened(settings) as store:
            owner = await known_account(store, account)
            query = EntryQuery(account_id=owner.id, kind=kind, limit=PAGE, part=name_key(q), archived=wanted)
            while page := list((await store.catalogue.page(query, PAGE_LIMIT_BYTES)).items):
                found += page
                query = query.behind(page[-1])
        return found

    found = [show_entry(entry) for entry in run_with_body(settings, command)]
    if json:
        show_json(found)
    elif found:
        names = [name for name in found[0] if name not in NOT_LISTED]
        show_table(names, [[cell(one[name]) for name in names] for one in found])
    else:
        print("there are none: they come with the leads that name them, or by leadloop catalogue create")
    return 0


@app.command
def show(
    kind: Kind,
    entry_id: EntryId,
    /,
    *,
    account: AccountId = None,
    json: AsJson = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """Show all there is to know of an entry."""

    async def command(store: Store, account_id: str) -> Entry:
        return await _entry(store, account_id, kind, entry_id)

    return _do(settings, account, json, command)


@app.command
def create(
    kind: Kind,
    /,
    *,
    account: AccountId = None,
    entry_id: Annotated[str | None, Parameter(name="--id", help="Its id; without one it is given one.")] = None,
    options: EntryOptions = OPTIONS,
    json: AsJson = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """Create an entry. Lists are separated by commas."""
    body = options.json() | ({} if entry_id is None else {"id": entry_id})

    async def command(store: Store, account_id: str) -> Entry:
        members = new(kind, body)
        own_id, name = members.pop("id", None), members.pop("name")
        return await store.catalogue.manage(
            account_id, lambda found: manage.create(found, kind, own_id, name, members, clock())
        )

    return _do(settings, account, json, command, "created")


@app.command
def update(
    kind: Kind,
    entry_id: EntryId,
    /,
    *,
    account: AccountId = None,
    options: EntryOptions = OPTIONS,
    json: AsJson = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """Change an entry; what is left out stays, an empty text clears. Lists are separated by commas."""

    async def command(store: Store, account_id: str) -> Entry:
        wanted = changes(await _entry(store, account_id, kind, entry_id), options.json())
        return await store.catalogue.manage(
            account_id, lambda found: manage.update(found, kind, entry_id, wanted, clock())
        )

    return _do(settings, account, json, command)


@app.command
def archive(
    kind: Kind,
    entry_id: EntryId,
    /,
    *,
    account: AccountId = None,
    json: AsJson = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """Put an entry aside: leads that have it keep it, its name finds it no more, and a user is given no leads."""
    return _do(settings, account, json, _archiving(kind, entry_id, archived=True), "archived")


@app.command
def restore(
    kind: Kind,
    entry_id: EntryId,
    /,
    *,
    account: AccountId = None,
    json: AsJson = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """Take an archived entry into use again."""
    return _do(settings, account, json, _archiving(kind, entry_id, archived=False), "restored")


def _archiving(kind: str, entry_id: str, *, archived: bool) -> Change:
    def change(found: Catalogue) -> Entry:
        return manage.archive(found, kind, entry_id, clock(), archived=archived)

    async def command(store: Store, account_id: str) -> Entry:
        return await store.catalogue.manage(account_id, change)

    return command


def _do(settings: DatabaseSettings, account: str | None, as_json: bool, command: Change, done: str = "") -> int:
    async def known() -> Entry:
        async with opened(settings) as store:
            owner = await known_account(store, account)
            return await command(store, owner.id)

    shown = show_entry(run_with_body(settings, known))
    if as_json:
        show_json(shown)
        return 0
    if done:
        note(f"{done}: {shown['id']}")
    show_table(["member", "value"], [[name, cell(value)] for name, value in shown.items()])
    return 0


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
