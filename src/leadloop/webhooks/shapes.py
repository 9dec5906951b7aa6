"""What a dialect adds to webhooks: the shape of its bodies, and its names for events. Pure."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from leadloop.core.changes import Change
from leadloop.core.leads.model import Lead
from leadloop.webhooks.events import TEST


class Event(NamedTuple):
    """The event that a body describes. `before` is the lead before the change, if it existed and the shape needs it."""

    name: str
    id: str
    lead: Lead
    change: Change
    before: Lead | None = None

    @property
    def is_test(self) -> bool:
        return self.name == TEST

    @property
    def versions(self) -> dict[str, int]:
        """The version before the first is 0."""
        return {"version": self.change.version, "previousVersion": self.change.version - 1}


class Draft(NamedTuple):
    """A body, and where it shows the lead: if the body is too large, only texts in there may be emptied."""

    body: dict[str, Any]
    lead_at: tuple[str, ...] = ()
    """The path to the object that shows the lead. The object around it, or the body, lists the emptied texts."""
    event_members: frozenset[str] = frozenset()
    """Members of that object that describe the event; they are never emptied."""


class BodyShape(NamedTuple):
    draft: Callable[[Event], Draft]
    shows_update: Callable[[Lead, Lead], bool] | None = None
    """Whether its dialect shows two states of a lead differently; other updates are not delivered. If set, the draft of
    any event but a creation gets the lead before. `None` delivers all updates."""
    event_names: Mapping[str, str] = {}
    """Event → the dialect's own name for it, if any. Endpoints can subscribe to these."""
    more_events: tuple[str, ...] = ()
    """Events that the dialect publishes and leadloop does not send yet. Endpoints can subscribe to them."""
