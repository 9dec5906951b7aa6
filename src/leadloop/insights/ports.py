"""What the Insights need from outside: an engine that keeps the facts of its leads, and adds them up.

A lead's facts are written in the transaction of its change, so that the figures always are those of the leads.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from leadloop.core.leads.parts import User
from leadloop.core.store import CatalogueStore
from leadloop.insights.lead_view import LeadView
from leadloop.insights.model import Tally


class LeadScan(NamedTuple):
    """The leads whose date lies between these moments, the end left out; of their documents these members."""

    account_id: str
    from_ms: int
    to_ms: int
    members: frozenset[str]
    with_moves: bool


class LeadFold(Protocol):
    def add(self, subject: LeadView) -> None: ...


G = TypeVar("G", bound=LeadFold)


class InsightSums(Protocol):
    async def fold_leads(self, scan: LeadScan, start: Callable[[], G]) -> G:
        """A `LeadFold` to which all these leads were added, none of them deleted, in any order, as of one moment.

        It may be used in another thread. After a lost connection a new one is started.
        """

    async def tallies(self, account_id: str, from_ms: int, to_ms: int) -> list[Tally]:
        """The facts of the leads whose date lies between these, the end left out. The same traits may come twice."""

    async def owners(self, account_id: str, lead_ids: Sequence[str]) -> dict[str, User]:
        """The users of those of the leads that exist and have one."""


class InsightStore(Protocol):
    @property
    def catalogue(self) -> CatalogueStore:
        """The current names of the account's entities."""

    @property
    def insights(self) -> InsightSums: ...
