"""`leadloop instance`: which instance a database is, and the way out when its pepper is lost."""

from cyclopts import App

from leadloop.app import instances
from leadloop.cli.command import Result, command
from leadloop.cli.database import opened
from leadloop.cli.output import Failed, iso
from leadloop.core.instance import Instance
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings

app = App(name="instance", help="See which instance a database is; accept another pepper.")


@app.command
@command
async def show(*, settings: DatabaseSettings = DATABASE_DEFAULTS) -> Result:
    """Show the id of the instance and since when it exists."""
    async with opened(settings) as store:
        instance = await store.instance.get()
    if instance is None:
        raise Failed("this database is no instance yet: the first `leadloop serve` makes it one")
    return _result(instance)


@app.command(name="accept-pepper")
@command
async def accept_pepper(*, settings: DatabaseSettings = DATABASE_DEFAULTS) -> Result:
    """Accept the present pepper (or make one) where the right one is lost.

    Every API key that was made under another one stops working, and webhook secrets that were encrypted with a key made
    from it can no longer be read: create new ones. Restart every server afterwards.
    """
    async with opened(settings) as store:
        instance = await instances.accept_pepper(settings, store)
    return _result(instance, "restart every server, and create new API keys with `leadloop keys create`")


def _result(instance: Instance, *notes: str) -> Result:
    created = iso(instance.created_at_ms)
    value = {"id": instance.id, "createdAt": created, "format": instance.format}
    return Result(value, f"instance {instance.id}, since {created}", notes)
