"""`leadloop migrate`: bring the database's tables up to date."""

from leadloop.app import prepared
from leadloop.cli.command import Result, command
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings


@command
async def migrate(*, settings: DatabaseSettings = DATABASE_DEFAULTS) -> Result:
    """Bring the database up to date. An embedded database that does not exist yet is made."""
    applied: list[str] = []
    async with prepared(settings, migrate=True, on_migrated=applied.extend) as store:
        has_accounts = bool(await store.accounts.all())
    outcome = f"applied {', '.join(applied)}" if applied else "nothing to do"
    next_step = "" if has_accounts else "\nnext: leadloop accounts create --name ..."
    return Result({"applied": applied}, f"{settings.place}: {outcome}{next_step}")
