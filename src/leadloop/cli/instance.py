"""`leadloop instance`: which instance a database is, and the way out when its pepper is lost."""

from cyclopts import App

from leadloop.app import instances
from leadloop.cli.database import opened, run
from leadloop.cli.output import AsJson, Failed, iso, note, show_json
from leadloop.core.instance import Instance
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings

app = App(name="instance", help="See which instance a database is; accept another pepper.")


@app.command
def show(*, json: AsJson = False, settings: DatabaseSettings = DATABASE_DEFAULTS) -> int:
    """Show the id of the instance and since when it exists."""

    async def command() -> Instance:
        async with opened(settings) as store:
            instance = await store.instance.get()
            if instance is None:
                raise Failed("this database is no instance yet: the first `leadloop serve` makes it one")
            return instance

    instance = run(settings, command)
    _show(instance, json=json)
    return 0


@app.command(name="accept-pepper")
def accept_pepper(*, json: AsJson = False, settings: DatabaseSettings = DATABASE_DEFAULTS) -> int:
    """Accept the present pepper (or make one) where the right one is lost.

    Every API key that was made under another one stops working, and webhook secrets that were encrypted with a key made
    from it can no longer be read: create new ones. Restart every server afterwards.
    """

    async def command() -> Instance:
        async with opened(settings) as store:
            return await instances.accept_pepper(settings, store)

    instance = run(settings, command)
    _show(instance, json=json)
    note("restart every server, and create new API keys with `leadloop keys create`")
    return 0


def _show(instance: Instance, *, json: bool) -> None:
    created = iso(instance.created_at_ms)
    if json:
        show_json({"id": instance.id, "createdAt": created, "format": instance.format})
    else:
        print(f"instance {instance.id}, since {created}")
