"""`leadloop accounts`: the customers of this instance."""

from typing import Annotated, Any

from cyclopts import App, Parameter
from msgspec import structs

from leadloop.app import clock
from leadloop.app.records import default_regions
from leadloop.cli.command import Result, command
from leadloop.cli.database import AccountId, open_account, open_database
from leadloop.cli.output import CommandError, iso, moment, table
from leadloop.core.accounts import Account
from leadloop.core.ids import new_id
from leadloop.core.leads.phones import region_of
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings

COUNTRY = "The country, such as BR or US, of phones without a country code"

app = App(name="accounts", help="Create, list and change accounts.")


@app.command
@command
async def create(
    *,
    name: Annotated[str, Parameter(help="The name of the account.")],
    country: Annotated[str | None, Parameter(help=f"{COUNTRY}.")] = None,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Create an account; also the embedded database, if it does not exist."""
    name, country = _checked(name), None if country is None else _checked_country(country)
    now_ms = clock()
    account = Account(id=new_id(now_ms), name=name, created_at_ms=now_ms, country=country)
    async with open_database(settings, may_create=True) as store:
        await store.accounts.add(account)
    text = f"created the account {account.name}: {account.id}"
    next_step = f"next: leadloop keys create --account {account.id} --name first"
    return Result({"id": account.id, "name": account.name}, f"{text}\n{next_step}")


@app.command
@command
async def update(
    *,
    account: AccountId = None,
    name: Annotated[str | None, Parameter(help="The new name.")] = None,
    require_version: Annotated[
        bool | None, Parameter(help="Whether changing a lead requires If-Match or Leadloop-Base-Version.")
    ] = None,
    auto_attribution: Annotated[
        bool | None, Parameter(help="Whether leads without a user are assigned one: see docs/catalogue.md.")
    ] = None,
    country: Annotated[
        str | None, Parameter(help=f'{COUNTRY}; "" for none. A server then renews the matching keys of all leads.')
    ] = None,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Change an account; omitted options stay unchanged. Servers notice within 5 seconds."""
    options = {"asks_version": require_version, "auto_attribution": auto_attribution}
    members: dict[str, Any] = {member: value for member, value in options.items() if value is not None}
    if name is not None:
        members["name"] = _checked(name)
    if country is not None:
        members["country"] = _checked_country(country)
    async with open_account(settings, account) as (store, current):
        changed = await store.accounts.change(current.id, lambda stored: structs.replace(stored, **members)) or current
    return Result(_public(changed), _rules(changed))


@app.command(name="list")
@command
async def list_all(*, settings: DatabaseSettings = DATABASE_DEFAULTS) -> Result:
    """List all accounts."""
    async with open_database(settings) as store:
        accounts = await store.accounts.all()
    rows = [[account.id, account.name, moment(account.created_at_ms)] for account in accounts]
    nothing = "no accounts yet: leadloop accounts create --name ..."
    return Result([_public(account) for account in accounts], table(["id", "name", "created"], rows, nothing))


def _rules(account: Account) -> str:
    needs = "only with If-Match or a base version" if account.asks_version else "without preconditions"
    unowned = "assigned one" if account.auto_attribution else "left without one"
    return f"""\
the account {account.name} ({account.id}): leads are changed {needs}
leads without a user are {unowned}
phones without a country are read as {account.country or default_regions()}"""


def _checked(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 200 or not name.isprintable():
        raise CommandError("--name must have 1 to 200 printable characters")
    return name


def _checked_country(country: str) -> str | None:
    """`None` for an empty text."""
    region = region_of(country)
    if region is None and country.strip():
        raise CommandError("--country must be the two-letter code of a country, such as BR or US")
    return region


def _public(account: Account) -> dict[str, object]:
    return {
        "id": account.id,
        "name": account.name,
        "createdAt": iso(account.created_at_ms),
        "country": account.country,
        "requireVersion": account.asks_version,
        "autoAttribution": account.auto_attribution,
    }
