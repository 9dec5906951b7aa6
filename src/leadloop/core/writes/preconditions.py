"""Preconditions of a write: the versions that the lead may have, or the version on which the client's changes are
based.

The rules are in semantics section 3. Pure.
"""

from msgspec import Struct

from leadloop.core.errors import NoSuchVersion, VersionMoved, VersionNeeded
from leadloop.core.leads.model import Lead
from leadloop.core.writes.base import Base


class Preconditions(Struct, frozen=True, kw_only=True):
    versions: frozenset[int] | None = None
    """The lead must have one of these versions; `None` accepts any."""
    base_version: int | None = None
    """The version that the client read: fields that it sends with their value of that version are not written."""
    missing: bool = False
    """The account requires one of the two, and the request has neither."""
    dry_run: bool = False
    """Check and compute everything, but write nothing."""

    def check(self, lead: Lead) -> None:
        """Raises `VersionNeeded`, `VersionMoved`."""
        if self.missing:
            raise VersionNeeded(lead.version)
        if self.versions is not None and lead.version not in self.versions:
            raise VersionMoved(lead.version)

    def base(self, lead: Lead, prepared: Base | None) -> Lead:
        """The lead as the client saw it; `prepared` is the result of `load_base`.

        Raises `NoSuchVersion`, also for a version more than `HISTORY_LIMIT` versions old.
        """
        if self.base_version is None or self.base_version == lead.version:
            return lead
        if prepared is None:
            raise NoSuchVersion(lead.version)
        return prepared.lead


NONE = Preconditions()
