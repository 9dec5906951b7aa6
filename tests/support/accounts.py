"""Options of an account, set by another process than the server."""

from typing import Any

from msgspec import structs

from lab.server import Client, Leadloop
from lab.stores import with_store


def set_options(server: Leadloop, client: Client, **options: Any) -> None:
    """Sets options of the client's account, by the names that `Account` has for them."""

    async def change(store: Any) -> None:
        assert await store.accounts.change(client.account_id, lambda account: structs.replace(account, **options))

    with_store(server.database, change)
