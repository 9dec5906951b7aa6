"""Opens the database for commands, through the composition root; reports every failure in one sentence."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from cyclopts import Parameter

from leadloop import app as root
from leadloop.app import EngineStore, clock, open_prepared_store, reason
from leadloop.cli.options import problems_by_option
from leadloop.cli.output import CommandError, note
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

HOW_TO_CREATE = "`leadloop serve` or `leadloop migrate` creates it"

AccountId = Annotated[
    str | None, Parameter(name="--account", help="The id of the account. Omit it if there is only one.")
]


@asynccontextmanager
async def open_database(settings: DatabaseSettings, *, may_create: bool = False) -> AsyncIterator[EngineStore]:
    """A store that is ready for use. `may_create` creates an embedded database that does not exist."""
    new = settings.is_missing
    if not may_create:
        _require_database(settings)
    async with open_prepared_store(settings, migrate=new) as store:
        if new:
            note(f"created the database {settings.database}")
        yield store


@asynccontextmanager
async def open_account(
    settings: DatabaseSettings, account_id: str | None, *, may_create: bool = False
) -> AsyncIterator[tuple[WebhookStore, Account]]:
    """A store that is ready for use, and the account as in `require_account`."""
    async with open_database(settings, may_create=may_create) as store:
        yield store, await require_account(store, account_id)


@asynccontextmanager
async def open_sender_context(settings: WebhookSettings) -> AsyncIterator["SenderContext"]:
    """A migrated store with the context to send webhooks and to seal their secrets."""
    _require_database(settings)
    async with root.open_sender_context(settings) as context:
        yield context


def _require_database(settings: DatabaseSettings) -> None:
    if settings.is_missing:
        raise CommandError(f"there is no database {settings.database}: {HOW_TO_CREATE}")


def run(settings: DatabaseSettings, command: Callable[[], Awaitable[T]]) -> T:
    """Raises `CommandError` with one sentence for any failure but a closed output, which `main` handles."""
    logs.configure(settings.log_level)

    async def await_command() -> T:
        return await command()

    try:
        return asyncio.run(await_command())
    except (CommandError, BadSettings, BrokenPipeError):
        raise
    except InvalidFields as error:
        raise CommandError(problems_by_option(error)) from None
    except Exception as error:
        raise CommandError(reason(error, settings)) from None


async def require_account(store: Store, account_id: str | None) -> Account:
    """The account with this id; without an id, the only account. Raises `CommandError`."""
    if account_id is None:
        return _only(await store.accounts.all())
    account = await store.accounts.get(account_id)
    if account is None:
        raise CommandError("there is no such account: `leadloop accounts list` shows them all")
    return account


async def add_account_with_key(
    store: Store, name: str, key_name: str, pepper: bytes, **options: Any
) -> tuple[Account, str]:
    """Adds an account with these options and a key with the default scopes; returns the account and the key's text."""
    now_ms = clock()
    account = Account(id=new_id(now_ms), name=name, created_at_ms=now_ms, **options)
    key, text = mint(account.id, key_name, list(DEFAULT_SCOPES), pepper, now_ms)
    await store.accounts.add(account, key)
    return account, text


def _only(accounts: Sequence[Account]) -> Account:
    if not accounts:
        raise CommandError("there is no account yet: `leadloop accounts create --name ...` creates one")
    if len(accounts) > 1:
        raise CommandError(
            f"there are {len(accounts)} accounts: add --account; `leadloop accounts list` shows their ids"
        )
    return accounts[0]
