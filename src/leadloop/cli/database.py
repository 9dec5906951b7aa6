"""How the commands reach the database: through the composition root, with every failure as one sentence."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, TypeVar

from cyclopts import Parameter

from leadloop import app as root
from leadloop.app import clock, open_prepared_store, reason
from leadloop.cli.options import problems_by_option
from leadloop.cli.output import Failed, note
from leadloop.core.accounts import Account
from leadloop.core.errors import InvalidFields
from leadloop.core.ids import new_id
from leadloop.core.keys import DEFAULT_SCOPES, mint
from leadloop.core.store import Store
from leadloop.server import logs
from leadloop.settings import BadSettings, DatabaseSettings, WebhookSettings
from leadloop.webhooks.ports import WebhookStore

if TYPE_CHECKING:
    from leadloop.webhooks.sending import SenderContext

T = TypeVar("T")

AccountId = Annotated[
    str | None, Parameter(name="--account", help="The id of the account. Leave it out if there is only one.")
]


@asynccontextmanager
async def opened(settings: DatabaseSettings, *, may_make: bool = False) -> AsyncIterator[WebhookStore]:
    """A store that is ready. `may_make`: an embedded database that does not exist yet is made."""
    new = settings.missing
    if not may_make:
        _require_database(settings)
    async with open_prepared_store(settings, migrate=new) as store:
        if new:
            note(f"made the database {settings.database}")
        yield store


@asynccontextmanager
async def opened_account(
    settings: DatabaseSettings, account_id: str | None, *, may_make: bool = False
) -> AsyncIterator[tuple[WebhookStore, Account]]:
    """A store that is ready, and `known_account` of it."""
    async with opened(settings, may_make=may_make) as store:
        yield store, await known_account(store, account_id)


@asynccontextmanager
async def open_sender_context(settings: WebhookSettings) -> AsyncIterator["SenderContext"]:
    """A migrated store with what sending webhooks and sealing their secrets requires."""
    _require_database(settings)
    async with root.open_sender_context(settings) as context:
        yield context


def _require_database(settings: DatabaseSettings) -> None:
    if settings.missing:
        raise Failed(f"there is no database {settings.database}: `leadloop serve` or `leadloop migrate` makes it")


def run(settings: DatabaseSettings, command: Callable[[], Awaitable[T]]) -> T:
    """Raises `Failed` with one sentence for everything that goes wrong."""
    logs.configure(settings.log_level)

    async def done() -> T:
        return await command()

    try:
        return asyncio.run(done())
    except (Failed, BadSettings):
        raise
    except InvalidFields as error:
        raise Failed(problems_by_option(error)) from None
    except Exception as error:
        raise Failed(reason(error, settings)) from None


async def known_account(store: Store, account_id: str | None) -> Account:
    """The account with this id; without an id, the only account there is. Raises `Failed`."""
    if account_id is None:
        return _only(await store.accounts.all())
    account = await store.accounts.get(account_id)
    if account is None:
        raise Failed("there is no such account: `leadloop accounts list` shows them all")
    return account


async def add_account_with_key(store: Store, name: str, key_name: str, pepper: bytes) -> tuple[Account, str]:
    """A new account, and the text of a key to it with the usual scopes."""
    now_ms = clock()
    account = Account(id=new_id(now_ms), name=name, created_at_ms=now_ms)
    key, text = mint(account.id, key_name, list(DEFAULT_SCOPES), pepper, now_ms)
    await store.accounts.add(account, key)
    return account, text


def _only(accounts: Sequence[Account]) -> Account:
    if not accounts:
        raise Failed("there is no account yet: `leadloop accounts create --name ...` creates one")
    if len(accounts) > 1:
        raise Failed(f"there are {len(accounts)} accounts: add --account; `leadloop accounts list` shows their ids")
    return accounts[0]
