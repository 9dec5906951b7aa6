"""One write of one lead, as the store runs it: its query, what the store loaded for it, and its outcome.

A caller passes a `Unit` to `Store.write`: the lead, what else to load, and a pure function that turns what was loaded
into an `Outcome`. The store collects waiting units into a batch, loads for all of them, runs the functions in order of
arrival, saves everything in one transaction guarded by the version at which each lead was read, and answers only after
the commit. It runs a function again when the lead has changed in the meantime, so the function must depend on nothing
but its argument.
"""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from msgspec import Struct

from leadloop.core.catalogue.assignment import Assignment, AssignmentCounts
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.changes import Change
from leadloop.core.leads.matching import Contact, Match
from leadloop.core.leads.merge import Conversation
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Message
from leadloop.core.writes.idempotency import StoredAnswer

T = TypeVar("T")

EMPTY_CATALOGUE = Catalogue("")


class Loaded(NamedTuple):
    """What the store read for one unit."""

    lead: Lead | None
    same_contact: int = 0
    conversation: Conversation = Conversation()
    history: Sequence[Change] = ()
    """The lead's records after `Unit.history_after`; the newest may be newer than `lead`."""
    stored_answer: StoredAnswer | None = None
    match_exists: bool = False
    """A lead matches `Unit.absent`."""
    catalogue: Callable[[], Catalogue] = lambda: EMPTY_CATALOGUE
    """Returns the account's catalogue, which must not be changed. Most writes do not need it and do not call this."""
    assignment_counts: Callable[[], AssignmentCounts] = dict
    """How many leads each user of the account was assigned; empty unless the account assigns leads automatically."""

    def country(self) -> str | None:
        """The account's country."""
        return self.catalogue().options.country


class Saved(NamedTuple):
    """What one effective change writes: the lead, its JSON, its record, and its message, if it has one."""

    lead: Lead
    doc: bytes
    change: Change
    message: Message | None = None


History: TypeAlias = Sequence[Saved]
"""What the changes of one lead saved, from its creation on, without a gap."""


class Outcome(NamedTuple, Generic[T]):
    """The result of a unit's function: the caller's answer, what to save (`None` if nothing changed), the answer to
    store under the unit's idempotency key, and the automatic assignment of the lead, if there was one. The same
    transaction upserts the entries that the saved lead references into the catalogue."""

    answer: T
    saved: Saved | None = None
    stored_answer: StoredAnswer | None = None
    assignment: Assignment | None = None


_ONLY_THE_LEAD = (None,) * 5


class Unit(Struct, Generic[T], frozen=True, kw_only=True):
    """One caller's write of one lead.

    `request_id` is unique to the request: after a lost connection the store finds out by it whether the change was
    committed.
    """

    account_id: str
    lead_id: str
    request_id: str
    run: Callable[[Loaded], Outcome[T]]
    body_bytes: int = 0
    """Size of the request's body."""
    contact: Contact | None = None
    message_id: str | None = None
    history_after: int | None = None
    """Loads the lead's records after this version, the first `HISTORY_LIMIT` of them."""
    idempotency_key: str | None = None
    """Loads the answer that is stored under this key. If another unit of the same key commits first, the store runs the
    function again, with that unit's answer."""
    absent: Match | None = None
    """Checks whether a lead matches. If another unit with the same match commits first, the store runs the function
    again, with `match_exists`. One process must not run two units with the same match at once."""

    @property
    def needs_more_than_lead(self) -> bool:
        """Whether the store has to load anything but the lead."""
        requested = self.contact, self.message_id, self.history_after, self.idempotency_key, self.absent
        return requested != _ONLY_THE_LEAD
