"""What the Insights need from outside: an engine that keeps the facts of its leads, and adds them up.

A lead's facts are written in the transaction of its change, so that the figures always are those of the leads.
"""

from collections.abc import Sequence
from typing import Protocol

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.leads.model import Lead
from leadloop.insights.model import Tally


class InsightStore(Protocol):
    async def tallies(self, account_id: str, from_ms: int, to_ms: int) -> list[Tally]:
        """The facts of the leads whose date lies between these, the end left out. The same traits may come twice."""

    async def catalogue(self, account_id: str) -> Catalogue:
        """What the account's things are called now."""

    async def leads_by_id(self, account_id: str, lead_ids: Sequence[str]) -> list[Lead]:
        """Those of them that there are, in any order."""

    async def is_counted(self, lead: Lead) -> bool:
        """Whether the facts that are kept of it are those of the lead as given."""

    async def miscounted(self, account_id: str) -> int:
        """How many more leads are counted than there are; negative for fewer."""
