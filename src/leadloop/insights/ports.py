"""The interface of the Insights to an engine, which stores the facts of its leads and sums them up.

The transaction of a change writes the lead's facts, so that the figures always match the leads.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from leadloop.core.leads.parts import User
from leadloop.core.store import CatalogueStore
from leadloop.insights.lead_view import LeadView
from leadloop.insights.model import Tally
from leadloop.insights.stages import Move


class LeadScan(NamedTuple):
    """A query for the leads with a date in this half-open range; reads these members of their documents."""

    account_id: str
    from_ms: int
    to_ms: int
    members: frozenset[str]
    with_moves: bool


class LeadFold(Protocol):
    def add(self, lead: LeadView) -> None: ...


G = TypeVar("G", bound=LeadFold)


class InsightSums(Protocol):
    async def fold_leads(self, scan: LeadScan, start: Callable[[], G]) -> G:
        """Returns a `LeadFold` to which all matching leads were added: in any order, from one snapshot, none deleted.

        It may be used in another thread. After a lost connection the scan begins again with a new fold.
        """

    async def tallies(self, account_id: str, from_ms: int, to_ms: int) -> list[Tally]:
        """The facts of the leads with a date in this half-open range. Several tallies may have the same traits."""

    async def stage_moves(self, account_id: str, lead_id: str, after_version: int, to_version: int) -> list[Move]:
        """The moves of one lead with a version above the first and up to the second, without repeats."""

    async def owners(self, account_id: str, lead_ids: Sequence[str]) -> dict[str, User]:
        """The users of these leads, by lead id; leads that do not exist or have no user are left out."""


class InsightStore(Protocol):
    @property
    def catalogue(self) -> CatalogueStore:
        """The current names of the account's entities."""

    @property
    def insights(self) -> InsightSums: ...
