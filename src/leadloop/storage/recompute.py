"""Correcting what is derived from all leads, as both engines offer it: account after account, span after span."""

from abc import ABC, abstractmethod

from leadloop.storage.nouns import D, Noun
from leadloop.storage.spans import Span


class DerivedRows(Noun[D], ABC):
    """A base class: an engine reads and corrects spans."""

    async def recompute(self) -> None:
        account_id = await self._next_account("")
        while account_id is not None:
            after: str | None = ""
            while after is not None:
                span = await self._read_span(account_id, after)
                rest: Span | None = span
                while rest is not None:
                    rest = await self._correct(rest)
                after = span.last
            await self._recount(account_id)
            account_id = await self._next_account(account_id)

    @abstractmethod
    async def _next_account(self, account_id: str) -> str | None: ...

    @abstractmethod
    async def _recount(self, account_id: str) -> None: ...

    @abstractmethod
    async def _read_span(self, account_id: str, after: str) -> Span: ...

    @abstractmethod
    async def _correct(self, span: Span) -> Span | None: ...
