"""What the Insights need from outside: an engine that keeps the facts of its leads, and adds them up.

A lead's facts are written in the transaction of its change, so that the figures always are those of the leads.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import User
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


class SubjectStore(Protocol):
    async def catalogue(self, account_id: str) -> Catalogue:
        """What the account's things are called now."""

    async def gather(self, sought: LeadScan, start: Callable[[], G]) -> G:
        """A gatherer with all these leads, none of them deleted, in any order, as they are at one moment.

        It may be used in another thread. After a lost connection a new one is started.
        """


class InsightStore(SubjectStore, Protocol):
    async def tallies(self, account_id: str, from_ms: int, to_ms: int) -> list[Tally]:
        """The facts of the leads whose date lies between these, the end left out. The same traits may come twice."""

    async def owners(self, account_id: str, lead_ids: Sequence[str]) -> dict[str, User]:
        """The users of those of the leads that there are and that have one."""

    async def is_counted(self, lead: Lead) -> bool:
        """Whether the facts that are kept of it are those of the lead as given."""

    async def miscounted(self, account_id: str) -> int:
        """How many more leads are counted than there are; negative for fewer."""
