"""`leadloop migrate`: bring the database's tables up to date."""

from leadloop.app import prepared
from leadloop.cli.database import run
from leadloop.cli.output import AsJson, show_json
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings


def migrate(*, json: AsJson = False, settings: DatabaseSettings = DATABASE_DEFAULTS) -> int:
    """Bring the database up to date. An embedded database that does not exist yet is made."""
    applied: list[str] = []

    async def command() -> bool:
        async with prepared(settings, migrate=True, on_migrated=applied.extend) as store:
            return bool(await store.accounts.all())

    has_accounts = run(settings, command)
    if json:
        show_json({"applied": applied})
    elif applied:
        print(f"{settings.place}: applied {', '.join(applied)}")
    else:
        print(f"{settings.place}: nothing to do")
    if not json and not has_accounts:
        print("next: leadloop accounts create --name ...")
    return 0
