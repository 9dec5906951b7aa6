"""Sends for all accounts of the instance; for accounts of mode test to loopback addresses only."""

from collections.abc import Callable

from leadloop.core.store import Store
from leadloop.egress.addresses import Rules
from leadloop.egress.exchange import OutgoingRequest, now_ms
from leadloop.egress.repeating import Attempt, RepeatingSender
from leadloop.egress.resolver import Resolver


class AccountSender:
    """Works within one event loop. Must be closed at the end."""

    def __init__(self, store: Store, rules: Rules, clock: Callable[[], int] = now_ms) -> None:
        self._store = store
        self._live = RepeatingSender(Resolver(rules), clock=clock)
        self._test = RepeatingSender(Resolver(rules._replace(only_loopback=True)), clock=clock)
        self._modes: dict[str, bool] = {}
        """Whether an account is of mode test, which never changes."""

    async def send(self, account_id: str, request: OutgoingRequest) -> Attempt:
        """Never raises for what a receiver, a name server or a network does. Raises `Unavailable`."""
        sender = self._test if await self.is_test(account_id) else self._live
        return await sender.send(request)

    async def is_test(self, account_id: str) -> bool:
        """Also true for an account that does not exist: nothing is sent outside for it."""
        if account_id not in self._modes:
            account = await self._store.accounts.get(account_id)
            if account is None:
                return True
            self._modes[account_id] = account.is_test
        return self._modes[account_id]

    async def close(self) -> None:
        await self._live.close()
        await self._test.close()
