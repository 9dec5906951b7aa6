"""Renews the matching keys of stored leads after an upgrade, or after an account's country changed.

Until an account is finished, lookups also use its former keys, so renewing may take long.
"""

import asyncio
import time
from typing import NoReturn

import structlog

from leadloop.core.errors import Unavailable
from leadloop.core.store import Store

EVERY_S = 30.0
SHARE = 0.5
"""The largest share of the time that renewing takes on a server."""

_log = structlog.get_logger("leadloop")


async def keep_renewing(store: Store) -> NoReturn:
    """Renews in the background of a server, until it is cancelled."""
    while True:
        try:
            for account_id in await accounts_to_renew(store):
                _log.info("renewing matching keys", account=account_id)
                await renew(store, account_id, share=SHARE)
                _log.info("matching keys are renewed", account=account_id)
        except Unavailable:
            _log.warning("matching keys wait to be renewed: the database cannot be reached")
        except Exception as error:
            _log.error("matching keys were not renewed", error=type(error).__name__)
        await asyncio.sleep(EVERY_S)


async def accounts_to_renew(store: Store) -> list[str]:
    return [account.id for account in await store.accounts.all() if account.is_renewing]


async def renew(store: Store, account_id: str, *, share: float = 1.0) -> None:
    """Renews the keys of one account, from where the last run stopped; sleeps for `1 - share` of the time."""
    while True:
        started = time.monotonic()
        if not await store.leads.renew_keys(account_id):
            return
        await asyncio.sleep((time.monotonic() - started) * (1 / share - 1))
