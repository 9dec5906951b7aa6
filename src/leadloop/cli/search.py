"""`leadloop search`: checks a query, and completes fields and values."""

from typing import Annotated

from cyclopts import App, Parameter

from leadloop.app import clock
from leadloop.cli.command import Result, command
from leadloop.cli.database import AccountId, open_account
from leadloop.cli.output import CommandError, printable, shortened, table
from leadloop.core.days import zone_of
from leadloop.core.reading import field_values
from leadloop.core.search.check import check as check_query
from leadloop.core.search.check import show
from leadloop.core.search.fields import FIELDS
from leadloop.core.search.folding import WHOLE_LENGTH, whole
from leadloop.core.search.values import Moment
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings

QueryText = Annotated[str, Parameter(help="A query in the language of docs/search.md.")]
FieldName = Annotated[str, Parameter(help="A field; without one, fields are listed.")]
Written = Annotated[str, Parameter(help="A part of what the field, or the value, is called.")]

app = App(name="search", help="Check a query, list fields and values that complete it.")


@app.command
@command
async def check(
    search: QueryText, /, *, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS
) -> Result:
    """List all mistakes of a query: where they are, and what to write instead if that is obvious."""
    async with open_account(settings, account) as (_, owner):
        shown = show(search, check_query(search, Moment(clock(), zone_of(owner.time_zone))))
    rows = [
        [
            str(problem["from"] + 1),
            printable(shortened(search[problem["from"] : problem["to"]])),
            problem["message"],
            printable(problem["suggestion"] or ""),
        ]
        for problem in shown["problems"]
    ]
    return Result(shown, table(["character", "text", "problem", "instead"], rows, "no mistakes"))


@app.command
@command
async def values(
    field: FieldName = "",
    q: Written = "",
    /,
    *,
    account: AccountId = None,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """List values of a field, ready to paste behind its colon."""
    name = whole(field)
    if name and name not in FIELDS:
        raise CommandError(f"the field must be one of {', '.join(FIELDS)}")
    async with open_account(settings, account) as (store, owner):
        moment = Moment(clock(), zone_of(owner.time_zone))
        completions = await field_values.values(store, owner, moment, name, q[:WHOLE_LENGTH])
    shown = [{"value": value, "label": label} for value, label in completions]
    rows = [[printable(completion.value), printable(completion.label)] for completion in completions]
    return Result({"values": shown}, table(["value", "label"], rows, "no values"))
