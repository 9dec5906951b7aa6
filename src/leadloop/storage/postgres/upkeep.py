"""What a store does for what is derived from leads: checks it, rebuilds it, renews it."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from leadloop.core.instance import Instance
from leadloop.core.leads.matching import FormerKeys
from leadloop.core.leads.model import Lead
from leadloop.storage.postgres import derived, distribution, insights, instance, renewal, search
from leadloop.storage.postgres.engine import Connection, Engine
from leadloop.storage.spans import Span

T = TypeVar("T")


class Upkeep:
    """A part of the store. The contract of each method is in `core.ports` and `app.stores`."""

    _distributed: bool = False
    _keyed: Engine

    async def _run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        raise NotImplementedError

    async def open(self) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError

    async def distribute(self) -> bool:
        done = await self._run(distribution.distribute)
        if done:
            await self.close()
            await self.open()
        return done

    async def is_counted(self, lead: Lead) -> bool:
        return await self._run(lambda c: insights.is_counted(c, lead))

    async def miscounted(self, account_id: str) -> int:
        return await self._run(lambda c: insights.miscounted(c, account_id))

    async def is_indexed(self, lead: Lead) -> bool:
        async def is_indexed(connection: Connection) -> bool:
            countries = await renewal.countries(connection)
            return await search.is_indexed(connection, lead, lambda: countries.get(lead.account_id))

        return await self._run(is_indexed)

    async def misindexed(self, account_id: str) -> int:
        return await self._run(lambda c: search.misindexed(c, account_id))

    async def recompute(self) -> None:
        account_id = await self._run(partial(derived.next_account, account_id=""))
        while account_id is not None:
            after: str | None = ""
            while after is not None:
                found = await self._run(partial(derived.span, account_id=account_id, after=after))
                rest: Span | None = found
                while rest is not None:
                    rest = await self._run(partial(derived.correct, found=rest))
                after = found.last
            account_id = await self._run(partial(derived.next_account, account_id=account_id))

    async def renew_keys(self, account_id: str) -> bool:
        return await self._keyed.run(lambda c: renewal.renew(c, account_id))

    async def leads_by_keys(self, account_id: str, keys: FormerKeys, limit: int) -> list[Lead]:
        return await self._run(lambda c: renewal.by_keys(c, account_id, keys, limit))

    async def damage(self, *, whole: bool) -> str | None:
        """PostgreSQL looks after its own files."""
        return None

    async def instance(self) -> Instance | None:
        return await self._run(instance.get)

    async def add_instance(self, added: Instance) -> Instance:
        return await self._run(lambda c: instance.add(c, added))

    async def replace_instance(self, accepted: Instance) -> None:
        await self._run(lambda c: instance.replace(c, accepted))

    async def acquire_sending(self, now_ms: int) -> bool:
        """Any number of processes send: leases tell them apart."""
        return True
