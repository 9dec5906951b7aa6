"""On what terms a lead is written: only if it is still as the client saw it, or only what the client changed itself.

The rules are those of semantics section 3. Pure.
"""

from msgspec import Struct

from leadloop.core.errors import NoSuchVersion, VersionMoved, VersionNeeded
from leadloop.core.leads.model import Lead
from leadloop.core.writes.base import Base


class Preconditions(Struct, frozen=True, kw_only=True):
    versions: frozenset[int] | None = None
    """The lead must have one of these; `None` for any."""
    base_version: int | None = None
    """What the client read before it changed something: what equals its value then is left alone."""
    missing: bool = False
    """The account asks for one of the two, and the client named none."""
    dry_run: bool = False
    """Everything is checked and worked out, nothing is written."""

    def check(self, lead: Lead) -> None:
        """Raises `VersionNeeded`, `VersionMoved`."""
        if self.missing:
            raise VersionNeeded(lead.version)
        if self.versions is not None and lead.version not in self.versions:
            raise VersionMoved(lead.version)

    def base(self, lead: Lead, prepared: Base | None) -> Lead:
        """The lead as the client saw it; `prepared` by `load_base`.

        Raises `NoSuchVersion`, also for one too far back.
        """
        if self.base_version is None or self.base_version == lead.version:
            return lead
        if prepared is None:
            raise NoSuchVersion(lead.version)
        return prepared.lead


NONE = Preconditions()
