"""`leadloop accounts`: the customers of this instance."""

from typing import Annotated

from cyclopts import App, Parameter

from leadloop.app import clock
from leadloop.cli.database import opened, run
from leadloop.cli.output import AsJson, Failed, iso, moment, show_json, show_table
from leadloop.core.accounts import Account
from leadloop.core.ids import new_id
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings

app = App(name="accounts", help="Create and list accounts.")


@app.command
def create(
    *,
    name: Annotated[str, Parameter(help="What the account is called.")],
    json: AsJson = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """Create an account. An embedded database that does not exist yet is made."""
    name = name.strip()
    if not name or len(name) > 200 or not name.isprintable():
        raise Failed("the name of an account has 1 to 200 characters")

    async def command() -> Account:
        now_ms = clock()
        account = Account(id=new_id(now_ms), name=name, created_at_ms=now_ms)
        async with opened(settings, may_make=True) as store:
            await store.add_account(account)
        return account

    account = run(settings, command)
    if json:
        show_json({"id": account.id, "name": account.name})
    else:
        print(f"created the account {account.name}: {account.id}")
        print(f"next: leadloop keys create --account {account.id} --name first")
    return 0


@app.command(name="list")
def list_all(*, json: AsJson = False, settings: DatabaseSettings = DATABASE_DEFAULTS) -> int:
    """List all accounts."""

    async def command() -> list[Account]:
        async with opened(settings) as store:
            return await store.accounts()

    accounts = run(settings, command)
    if json:
        show_json([{"id": one.id, "name": one.name, "createdAt": iso(one.created_at_ms)} for one in accounts])
    elif accounts:
        show_table(["id", "name", "created"], [[one.id, one.name, moment(one.created_at_ms)] for one in accounts])
    else:
        print("no accounts yet: leadloop accounts create --name ...")
    return 0
