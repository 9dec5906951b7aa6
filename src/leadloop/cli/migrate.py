"""`leadloop migrate`: migrates the database, and distributes its tables over the nodes of a cluster."""

from typing import Annotated

from leadloop.app import open_prepared_store
from leadloop.cli.command import Result, command
from leadloop.cli.options import option
from leadloop.cli.output import CommandError
from leadloop.settings import DATABASE_DEFAULTS, BadSettings, DatabaseSettings

Distributed = Annotated[
    bool,
    option(
        "Also distribute the tables by account over the nodes of a Citus cluster. Once is enough: the database "
        "remembers it. Stop every server before you distribute a database with leads."
    ),
]


@command
async def migrate(*, distributed: Distributed = False, settings: DatabaseSettings = DATABASE_DEFAULTS) -> Result:
    """Migrate the database to this version; create an embedded database that does not exist."""
    if distributed and settings.is_embedded:
        raise BadSettings("--distributed is for PostgreSQL with Citus: an embedded database is a file of one machine")
    applied: list[str] = []
    async with open_prepared_store(settings, migrate=True, on_migrated=applied.extend) as store:
        if distributed and not await store.distribute():
            raise CommandError(
                "the tables are not distributed: the database lacks the extension citus. Create the extension on "
                "every node, add the nodes (citus_add_node), and run this again"
            )
        has_accounts = bool(await store.accounts.all())
    outcome = f"applied {', '.join(applied)}" if applied else "nothing to do"
    distribution = "\nthe tables are distributed by account" if distributed else ""
    next_step = "" if has_accounts else "\nnext: leadloop accounts create --name ..."
    return Result({"applied": applied}, f"{settings.description}: {outcome}{distribution}{next_step}")
