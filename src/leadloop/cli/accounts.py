"""`leadloop accounts`: the customers of this instance."""

from typing import Annotated, Any

from cyclopts import App, Parameter
from msgspec import structs

from leadloop.app import clock
from leadloop.cli.database import AccountId, known_account, opened, run
from leadloop.cli.output import AsJson, Failed, iso, moment, show_json, show_table
from leadloop.core.accounts import Account
from leadloop.core.ids import new_id
from leadloop.core.leads.phones import region_of
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings

COUNTRY = "The country, such as BR or US, in which phones are read that say none"

app = App(name="accounts", help="Create, list and change accounts.")


@app.command
def create(
    *,
    name: Annotated[str, Parameter(help="What the account is called.")],
    country: Annotated[str | None, Parameter(help=f"{COUNTRY}.")] = None,
    json: AsJson = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """Create an account. An embedded database that does not exist yet is made."""
    name, country = _checked(name), None if country is None else _checked_country(country)

    async def command() -> Account:
        now_ms = clock()
        account = Account(id=new_id(now_ms), name=name, created_at_ms=now_ms, country=country)
        async with opened(settings, may_make=True) as store:
            await store.accounts.add(account)
        return account

    account = run(settings, command)
    if json:
        show_json({"id": account.id, "name": account.name})
    else:
        print(f"created the account {account.name}: {account.id}")
        print(f"next: leadloop keys create --account {account.id} --name first")
    return 0


@app.command
def update(
    *,
    account: AccountId = None,
    name: Annotated[str | None, Parameter(help="What it is called from now on.")] = None,
    require_version: Annotated[
        bool | None, Parameter(help="Whether a lead is changed only with If-Match or Leadloop-Base-Version.")
    ] = None,
    auto_attribution: Annotated[
        bool | None, Parameter(help="Whether a lead without a user is given one: see docs/catalogue.md.")
    ] = None,
    country: Annotated[
        str | None, Parameter(help=f'{COUNTRY}; "" for none. A server then renews what leads are found again by.')
    ] = None,
    json: AsJson = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """Change an account; what is left out stays. Servers notice within 5 seconds."""

    wanted = {"asks_version": require_version, "auto_attribution": auto_attribution}
    named: dict[str, Any] = {member: value for member, value in wanted.items() if value is not None}
    if name is not None:
        named["name"] = _checked(name)
    if country is not None:
        named["country"] = _checked_country(country)

    async def command() -> Account:
        async with opened(settings) as store:
            current = await known_account(store, account)
            return await store.accounts.change(current.id, lambda stored: structs.replace(stored, **named)) or current

    changed = run(settings, command)
    if json:
        show_json(_public(changed))
    else:
        needs = "only with If-Match or a base version" if changed.asks_version else "without conditions"
        unowned = "given one" if changed.auto_attribution else "left without"
        print(f"the account {changed.name} ({changed.id}): leads are changed {needs}")
        print(f"leads without a user are {unowned}")
        print(f"phones without a country are read as {changed.country or 'in Brazil (Expad) and the US (LeadSail)'}")
    return 0


@app.command(name="list")
def list_all(*, json: AsJson = False, settings: DatabaseSettings = DATABASE_DEFAULTS) -> int:
    """List all accounts."""

    async def command() -> list[Account]:
        async with opened(settings) as store:
            return await store.accounts.all()

    accounts = run(settings, command)
    if json:
        show_json([_public(one) for one in accounts])
    elif accounts:
        show_table(["id", "name", "created"], [[one.id, one.name, moment(one.created_at_ms)] for one in accounts])
    else:
        print("no accounts yet: leadloop accounts create --name ...")
    return 0


def _checked(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 200 or not name.isprintable():
        raise Failed("the name of an account has 1 to 200 characters")
    return name


def _checked_country(country: str) -> str | None:
    """`None` for an empty text."""
    region = region_of(country)
    if region is None and country.strip():
        raise Failed("--country must be the two letters of a country, such as BR or US")
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
