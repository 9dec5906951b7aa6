"""`leadloop instance`: shows the instance of a database, and accepts another pepper if the right one is lost."""

from cyclopts import App

from leadloop.app import instances
from leadloop.cli.command import Result, command
from leadloop.cli.database import open_database
from leadloop.cli.output import CommandError, iso
from leadloop.core.instance import Instance
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings

app = App(name="instance", help="Show the instance of a database; accept another pepper.")


@app.command
@command
async def show(*, settings: DatabaseSettings = DATABASE_DEFAULTS) -> Result:
    """Show the id of the instance and when it was created."""
    async with open_database(settings) as store:
        instance = await store.instance.get()
    if instance is None:
        raise CommandError("the database has no instance yet: the first `leadloop serve` creates it")
    return _result(instance)


@app.command(name="accept-pepper")
@command
async def accept_pepper(*, settings: DatabaseSettings = DATABASE_DEFAULTS) -> Result:
    """Accept the current pepper, or create one, if the right one is lost.

    API keys created under another pepper stop working, and webhook secrets encrypted with a key derived from it can no
    longer be read: create new ones. Restart every server afterwards.
    """
    async with open_database(settings) as store:
        instance = await instances.accept_pepper(settings, store)
    return _result(instance, "restart every server, and create new API keys with `leadloop keys create`")


def _result(instance: Instance, *notes: str) -> Result:
    created = iso(instance.created_at_ms)
    value = {"id": instance.id, "createdAt": created, "format": instance.format}
    return Result(value, f"instance {instance.id}, since {created}", notes)
