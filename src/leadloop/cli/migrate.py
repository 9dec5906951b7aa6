"""`leadloop migrate`: bring the database's tables up to date, and distribute them over the nodes of a cluster."""

from typing import Annotated

from leadloop.app import prepared
from leadloop.cli.database import run
from leadloop.cli.options import option
from leadloop.cli.output import AsJson, Failed, show_json
from leadloop.settings import DATABASE_DEFAULTS, BadSettings, DatabaseSettings

Distributed = Annotated[
    bool,
    option(
        "Also distribute the tables by account over the nodes of a Citus cluster. Once is enough: the database "
        "remembers it. Stop every server before you distribute a database with leads."
    ),
]


def migrate(
    *, distributed: Distributed = False, json: AsJson = False, settings: DatabaseSettings = DATABASE_DEFAULTS
) -> int:
    """Bring the database up to date. An embedded database that does not exist yet is made."""
    if distributed and settings.embedded:
        raise BadSettings("--distributed is for PostgreSQL with Citus: an embedded database is a file of one machine")
    applied: list[str] = []

    async def command() -> bool:
        async with prepared(settings, migrate=True, on_migrated=applied.extend) as store:
            if distributed and not await store.distribute():
                raise Failed(
                    "the tables are not distributed: the database lacks the extension citus. Create the extension on "
                    "every node, add the nodes (citus_add_node), and run this again"
                )
            return bool(await store.accounts())

    has_accounts = run(settings, command)
    if json:
        show_json({"applied": applied})
    elif applied:
        print(f"{settings.place}: applied {', '.join(applied)}")
    else:
        print(f"{settings.place}: nothing to do")
    if not json and distributed:
        print("the tables are distributed by account")
    if not json and not has_accounts:
        print("next: leadloop accounts create --name ...")
    return 0
