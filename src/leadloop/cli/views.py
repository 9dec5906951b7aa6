"""`leadloop views`: the shared views of an account, which are tabs of its page of leads."""

from typing import Annotated, Any

from cyclopts import App, Parameter

from leadloop.app import clock
from leadloop.cli.command import Result, command
from leadloop.cli.database import AccountId, open_account
from leadloop.cli.options import option, text_value
from leadloop.cli.output import table
from leadloop.core.ids import system_stamp
from leadloop.core.people.actors import SYSTEM
from leadloop.core.saved_views import form, use_cases
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings

TITLES = ["id", "name", "search", "sort", "columns", "owner"]

ViewId = Annotated[str, Parameter(help="The id of the view: `leadloop views list` shows it.")]
SearchText = Annotated[str | None, option("What it shows, in the language of docs/search.md.")]
SortName = Annotated[str | None, option("The order: -date, date, -created or created.")]
ColumnNames = Annotated[str | None, option("The columns, separated by commas.")]

app = App(name="views", help="List, create, change and delete shared views of leads.")


@app.command(name="list")
@command
async def list_all(*, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS) -> Result:
    """List an account's shared views. The views that people keep for themselves are left out."""
    async with open_account(settings, account) as (store, owner):
        shown = list(map(form.show, await use_cases.visible_to(store, owner.id, SYSTEM)))
    nothing = f"no shared views yet: leadloop views create --account {owner.id} --name ... --search ..."
    return Result(shown, table(TITLES, list(map(_row, shown)), nothing))


@app.command
@command
async def create(
    *,
    account: AccountId = None,
    name: Annotated[str, Parameter(help="The name that the tab has.")],
    search: SearchText = None,
    sort: SortName = None,
    columns: ColumnNames = None,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Create a view that everybody in the account sees."""
    body = {"name": name, "shared": True, **_members(search, sort, columns)}
    async with open_account(settings, account) as (store, owner):
        view = await use_cases.create(store, system_stamp(clock()), owner.id, body, may_share=True)
    return Result(form.show(view), f"created the view {view.name} ({view.id})")


@app.command
@command
async def update(
    view_id: ViewId,
    /,
    *,
    account: AccountId = None,
    name: Annotated[str | None, option("The new name.")] = None,
    search: SearchText = None,
    sort: SortName = None,
    columns: ColumnNames = None,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Change a shared view; omitted options stay unchanged."""
    body = ({} if name is None else {"name": name}) | _members(search, sort, columns)
    async with open_account(settings, account) as (store, owner):
        view = await use_cases.change(store, system_stamp(clock()), owner.id, view_id, body, may_share=True)
    shown = form.show(view)
    return Result(shown, table(TITLES, [_row(shown)], ""))


@app.command
@command
async def delete(
    view_id: ViewId, /, *, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS
) -> Result:
    """Delete a shared view. Its leads stay."""
    async with open_account(settings, account) as (store, owner):
        await use_cases.delete(store, system_stamp(clock()), owner.id, view_id, may_share=True)
    return Result({"id": view_id, "deleted": True}, f"deleted the view {view_id}")


def _members(search: str | None, sort: str | None, columns: str | None) -> dict[str, Any]:
    """Of a body; an empty option resets."""
    members: dict[str, Any] = {}
    if search is not None:
        members["search"] = text_value(search)
    if sort is not None:
        members["sort"] = text_value(sort)
    if columns is not None:
        members["columns"] = [column.strip() for column in columns.split(",") if column.strip()]
    return members


def _row(shown: dict[str, Any]) -> list[str]:
    return [*(shown[name] for name in ("id", "name", "search", "sort")), ", ".join(shown["columns"]), shown["owner"]]
